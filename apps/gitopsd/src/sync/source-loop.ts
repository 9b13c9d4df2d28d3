import {
  describeError,
  dispositionOf,
  fullJitter,
  newCorrelationId,
  withCorrelation,
  type Log,
} from '@vigil/service';
import type { ManifestSource } from '../source/manifest-source.js';
import type { FinishedLook, SourceReport } from './source-report.js';
import type { SyncOutcome } from './sync-outcome.js';
import type { SyncSource } from './sync-source.js';
import { WakeUp } from './wake-up.js';

export interface SourceLoopOptions {
  readonly source: ManifestSource;
  readonly sync: SyncSource;
  readonly report: SourceReport;
  /** When nothing announces a change, how long until the next look, milliseconds. */
  readonly pollIntervalMs: () => number;
  /** Called when another revision has come into force. */
  readonly onApplied: () => void;
  /** Called after each look: what is to be watched may have changed. */
  readonly afterAttempt: () => Promise<void>;
  readonly log: Log;
}

/** After a look that PostgreSQL or NATS kept from its end, or at a source that cannot be read. */
const RETRY = { initialMs: 500, capMs: 30_000 };

/** A person waits for the answer. */
interface Waiting {
  readonly correlationId: string;
  readonly resolve: (outcome: SyncOutcome) => void;
}

/** Looks at one source, one look at a time: when it is told of a change, when somebody asks, and by the clock. */
export class SourceLoop {
  private readonly stopping = new AbortController();
  private readonly wakeUp = new WakeUp();
  private waiting: Waiting[] = [];
  private failures = 0;
  private lastFinding: string | undefined;
  private last: SyncOutcome | undefined;
  private running: Promise<void> | undefined;

  constructor(private readonly options: SourceLoopOptions) {}

  start(): void {
    this.running ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** The source, PostgreSQL, NATS or a control may have changed. */
  trigger(): void {
    this.wakeUp.wake();
  }

  /** What the loop knows may be void: everything is read again. */
  restart(): void {
    this.options.sync.forget();
    this.wakeUp.wake();
  }

  /** A look that begins after this call. */
  syncNow(correlationId: string): Promise<SyncOutcome> {
    return new Promise((resolve) => {
      this.waiting.push({ correlationId, resolve });
      this.wakeUp.wake();
    });
  }

  /** What the last look that came to its end found. */
  lastOutcome(): SyncOutcome | undefined {
    return this.last;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const delayMs = await this.look();
      await this.wakeUp.sleep(delayMs, signal);
    }
    this.answer(this.takeWaiting(), { kind: 'unavailable', message: 'gitopsd is stopping' });
  }

  /** Returns how long to wait for the next one. */
  private async look(): Promise<number> {
    const waiting = this.takeWaiting();
    const correlationId = waiting[0]?.correlationId ?? newCorrelationId();
    return withCorrelation(correlationId, async () => {
      const { outcome, problem } = await this.attempt(correlationId);
      const failed = outcome === undefined || outcome.kind === 'unavailable';
      const delayMs = failed ? fullJitter(this.failures, RETRY) : this.options.pollIntervalMs();
      this.failures = failed ? this.failures + 1 : 0;
      const told = await this.report({ outcome, problem, delayMs });
      await this.options.afterAttempt();
      this.answer(waiting, outcome ?? { kind: 'unavailable', message: problem });
      return told ? delayMs : Math.min(delayMs, RETRY.capMs);
    });
  }

  private async attempt(
    correlationId: string,
  ): Promise<{ outcome: SyncOutcome | undefined; problem: string }> {
    const { source, sync, log } = this.options;
    try {
      const outcome = await sync.execute(correlationId, this.stopping.signal);
      this.last = outcome;
      this.tell(outcome);
      if (outcome.kind === 'applied' && outcome.changed) this.options.onApplied();
      return { outcome, problem: '' };
    } catch (error) {
      sync.forget();
      const problem = describeError(error);
      // the first one is common at start, before PostgreSQL and NATS are connected
      if (this.failures === 1) log.warn(`cannot sync ${source.name}, trying on`, { problem });
      return { outcome: undefined, problem };
    }
  }

  /** The report is for people: what cannot be told now, the next look tells. */
  private async report(look: Omit<FinishedLook, 'inForce'>): Promise<boolean> {
    const { source, sync, report, log } = this.options;
    try {
      await report.record(source, { ...look, inForce: sync.summary() });
      return true;
    } catch (error) {
      if (dispositionOf(error) !== 'retry') log.error(`cannot report on ${source.name}`, error);
      return false;
    }
  }

  /** Logs what is new; the same finding of the next poll is not. */
  private tell(outcome: SyncOutcome): void {
    const { source, log } = this.options;
    const finding = `${outcome.kind} ${'revision' in outcome ? outcome.revision : outcome.message}`;
    if (finding === this.lastFinding) return;
    this.lastFinding = finding;
    switch (outcome.kind) {
      case 'applied':
        log.info(`${source.name} is in force`, { revision: outcome.revision });
        return;
      case 'rejected': {
        const { revision, errors } = outcome;
        const problems = errors.length;
        log.warn(`${source.name} has an invalid revision`, {
          revision,
          problems,
          first: errors[0],
        });
        return;
      }
      case 'suspended':
      case 'unavailable':
        log.warn(`${source.name}: ${outcome.message}`);
    }
  }

  private takeWaiting(): Waiting[] {
    const waiting = this.waiting;
    this.waiting = [];
    return waiting;
  }

  private answer(waiting: readonly Waiting[], outcome: SyncOutcome): void {
    for (const { resolve } of waiting) resolve(outcome);
  }
}
