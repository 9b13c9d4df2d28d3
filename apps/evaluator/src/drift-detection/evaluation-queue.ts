import { describeError, fullJitter, type Clock, type Log } from '@vigil/service';
import type { ResourceId } from '@vigil/manifests';

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Evaluates one resource; resolves with the time (Unix ms) at which time alone may change the verdict. */
export type EvaluateOne = (resource: ResourceId) => Promise<number | undefined>;

/** Evaluations under way at once: most of their time is spent waiting for acknowledgements. */
const CONCURRENCY = 64;

/** Routine evaluations between two looks at what is urgent and at the network. */
const ROUTINE_SLICE = 100;

const RETRY = { initialMs: 200, capMs: 5_000 };

/**
 * Decides when which resource is evaluated: what was touched at once, what is routine in between,
 * what has a time at that time. One evaluation of a resource at a time; a touch meanwhile leads to
 * another one. Bounded by the number of resources.
 */
export class EvaluationQueue {
  private readonly urgent = new Set<ResourceId>();
  private readonly routine = new Set<ResourceId>();
  private readonly running = new Set<ResourceId>();
  private readonly wakeTimes = new Map<ResourceId, number>();
  private readonly failures = new Map<ResourceId, number>();
  private timer: NodeJS.Timeout | undefined;
  private isOpen = false;
  private isSlicing = false;
  private onIdle: (() => void)[] = [];
  private readonly waiters = new Map<ResourceId, Waiter[]>();

  constructor(
    private readonly evaluate: EvaluateOne,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Begins to evaluate; before that, touches are only collected. */
  open(): void {
    this.isOpen = true;
    this.drain();
  }

  /** Evaluates nothing more until it is opened again; touches are collected. */
  pause(): void {
    this.isOpen = false;
  }

  /** Evaluates nothing more, and waits for what is under way. */
  async close(): Promise<void> {
    this.isOpen = false;
    clearTimeout(this.timer);
    if (this.running.size > 0) await new Promise<void>((resolve) => this.onIdle.push(resolve));
  }

  /** Something about the resource changed: evaluate it now. */
  touch(resource: ResourceId): void {
    this.routine.delete(resource);
    this.urgent.add(resource);
    this.drain();
  }

  /**
   * Evaluates the resource once more, and waits for that.
   * @throws what the evaluation throws, for example while NATS is away
   */
  evaluateNow(resource: ResourceId): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiters.set(resource, [...(this.waiters.get(resource) ?? []), { resolve, reject }]);
      this.touch(resource);
    });
  }

  touchAll(resources: Iterable<ResourceId>): void {
    for (const resource of resources) {
      this.routine.delete(resource);
      this.urgent.add(resource);
    }
    this.drain();
  }

  /** Look at these again when nothing else is to be done. */
  pass(resources: Iterable<ResourceId>): void {
    for (const resource of resources) if (!this.urgent.has(resource)) this.routine.add(resource);
    this.drain();
  }

  /** Resources that wait for their evaluation. */
  get waiting(): number {
    return this.urgent.size + this.routine.size;
  }

  private drain(): void {
    for (const resource of this.urgent) {
      if (!this.canStart(resource)) continue;
      this.urgent.delete(resource);
      void this.run(resource);
    }
    if (this.routine.size > 0 && !this.isSlicing) {
      this.isSlicing = true;
      setImmediate(() => {
        this.isSlicing = false;
        this.runSlice();
      });
    }
  }

  private runSlice(): void {
    let started = 0;
    for (const resource of this.routine) {
      if (started >= ROUTINE_SLICE) break;
      if (!this.canStart(resource)) continue;
      this.routine.delete(resource);
      started += 1;
      void this.run(resource);
    }
    // nothing could start: what is running drains the queue when it ends
    if (started > 0) this.drain();
  }

  private canStart(resource: ResourceId): boolean {
    return this.isOpen && this.running.size < CONCURRENCY && !this.running.has(resource);
  }

  private async run(resource: ResourceId): Promise<void> {
    this.running.add(resource);
    this.wakeTimes.delete(resource);
    const waiters = this.waiters.get(resource) ?? [];
    this.waiters.delete(resource);
    try {
      const wakeAt = await this.evaluate(resource);
      this.failures.delete(resource);
      if (wakeAt !== undefined) this.wake(resource, wakeAt);
      for (const waiter of waiters) waiter.resolve();
    } catch (error) {
      this.retry(resource, error);
      for (const waiter of waiters) waiter.reject(error);
    } finally {
      this.running.delete(resource);
      if (this.running.size === 0 && !this.isOpen) this.onIdle.forEach((resolve) => resolve());
    }
    this.drain();
  }

  private retry(resource: ResourceId, error: unknown): void {
    const attempt = this.failures.get(resource) ?? 0;
    this.failures.set(resource, attempt + 1);
    // NATS away fails every evaluation: one line per resource and outage is enough
    if (attempt === 0) {
      const reason = describeError(error, 200);
      this.log.warn('an evaluation could not be completed, trying again', { resource, reason });
    }
    this.wake(resource, this.clock.now() + fullJitter(attempt, RETRY));
  }

  private wake(resource: ResourceId, at: number): void {
    this.wakeTimes.set(resource, at);
    this.setTimer();
  }

  private setTimer(): void {
    clearTimeout(this.timer);
    if (this.wakeTimes.size === 0 || !this.isOpen) return;
    const next = Math.min(...this.wakeTimes.values());
    // setTimeout takes at most 2^31 − 1 ms; looking again after an hour costs nothing
    const delay = Math.min(3_600_000, Math.max(0, next - this.clock.now()));
    this.timer = setTimeout(() => this.onTimer(), delay);
  }

  private onTimer(): void {
    const now = this.clock.now();
    const due = [...this.wakeTimes].filter(([, at]) => at <= now).map(([resource]) => resource);
    for (const resource of due) this.wakeTimes.delete(resource);
    this.touchAll(due);
    this.setTimer();
  }
}
