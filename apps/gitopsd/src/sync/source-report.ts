import { Injectable } from '@nestjs/common';
import { Clock } from '@vigil/service';
import type { ManifestSource } from '../source/manifest-source.js';
import { SourceStatusStore } from './source-status.store.js';
import { SyncMetrics } from './sync-metrics.js';
import type { InForceSummary, SyncOutcome } from './sync-outcome.js';

export interface FinishedLook {
  /** Absent when PostgreSQL or NATS kept the look from its end. */
  readonly outcome: SyncOutcome | undefined;
  /** Why there is no outcome. */
  readonly problem: string;
  readonly inForce: InForceSummary | undefined;
  /** Until the next look, milliseconds. */
  readonly delayMs: number;
}

/** Tells people how each look at a source went: its row in PostgreSQL, and its metrics. */
@Injectable()
export class SourceReport {
  constructor(
    private readonly status: SourceStatusStore,
    private readonly metrics: SyncMetrics,
    private readonly clock: Clock,
  ) {}

  /** Nothing is told any more of a source that there is no more. @throws VigilError as {@link record} */
  async forget(name: string): Promise<void> {
    this.metrics.forget(name);
    await this.status.remove(name);
  }

  /** @throws VigilError when PostgreSQL is away: the next look tells it */
  async record(source: ManifestSource, look: FinishedLook): Promise<void> {
    const { name, kind, location } = source;
    const { outcome, problem, inForce, delayMs } = look;
    const at = this.clock.now();
    this.metrics.record(name, outcome, inForce, at);
    const nextAttemptAt = at + delayMs;
    await this.status.record({
      name,
      kind,
      location,
      outcome,
      problem,
      inForce,
      at,
      nextAttemptAt,
    });
  }
}
