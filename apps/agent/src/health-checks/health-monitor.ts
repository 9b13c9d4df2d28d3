import type { ReplicaHealth } from '@vigil/contracts';
import type { HealthCheck } from '@vigil/manifests';
import {
  afterAttempt,
  initialCheckState,
  isForgiven,
  isNews,
  NO_CHECK,
  pauseAfterAttempt,
  type Attempt,
} from './check-state.js';
import { failure, ProvesNothing, type Probe, type ProbeOutcome } from './probe.js';

/** A timer that fires this late says that the agent itself was held up: the attempt proves nothing. */
const HELD_UP_MS = 1_000;

export interface HealthEvents {
  /** After every attempt that proves something. */
  onAttempt(attempt: Attempt & { readonly starting: boolean }): void;
  /** When the health is no longer what it was. */
  onNews(): void;
}

/**
 * Checks one launch of a replica again and again. The first attempt of a fresh launch starts 50 ms
 * after it, of one that was adopted at once.
 */
export class HealthMonitor {
  private state = initialCheckState();
  private timer: NodeJS.Timeout | undefined;
  private readonly stopping = new AbortController();

  constructor(
    private readonly check: HealthCheck,
    private readonly probe: Probe,
    /** When the process was started, Unix ms. */
    private readonly startedAt: number,
    private readonly events: HealthEvents,
  ) {}

  get health(): ReplicaHealth {
    return this.state.health;
  }

  start(isFresh: boolean): void {
    this.next(isFresh ? pauseAfterAttempt(this.state, false, this.check, 0) : 0);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.stopping.abort();
  }

  private next(delayMs: number): void {
    if (this.stopping.signal.aborted) return;
    this.timer = setTimeout(() => void this.attempt(), delayMs);
  }

  private async attempt(): Promise<void> {
    const at = Date.now();
    const started = performance.now();
    const outcome = await this.outcome();
    const durationMs = performance.now() - started;
    if (this.stopping.signal.aborted) return;
    const wasHeldUp = durationMs > this.check.timeoutMs + HELD_UP_MS;
    if (outcome?.success === true || (outcome !== undefined && !wasHeldUp)) {
      this.take({ at, durationMs, ...outcome });
    }
    const age = at - this.startedAt;
    const pause = pauseAfterAttempt(this.state, outcome?.success !== true, this.check, age);
    this.next(Math.max(0, pause - (performance.now() - started)));
  }

  private async outcome(): Promise<ProbeOutcome | undefined> {
    try {
      return await this.probe(this.check.timeoutMs, this.stopping.signal);
    } catch (error) {
      if (error instanceof ProvesNothing) return undefined;
      // what the system refuses to even begin, for example a command with a NUL character
      return failure(error instanceof Error ? error.message : String(error));
    }
  }

  private take(attempt: Attempt): void {
    const previous = this.state;
    this.state = afterAttempt(previous, attempt, this.check, this.startedAt);
    const starting = isForgiven(previous, attempt, this.check, this.startedAt);
    this.events.onAttempt({ ...attempt, starting });
    if (isNews(previous.health, this.state.health)) this.events.onNews();
  }
}

/** The health of a replica whose manifest declares no check, or whose process does not run. */
export function healthWithoutMonitor(check: HealthCheck | undefined): ReplicaHealth {
  return check === undefined ? NO_CHECK : initialCheckState().health;
}
