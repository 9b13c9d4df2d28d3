import { Injectable } from '@nestjs/common';
import { Metrics } from '@vigil/service';
import type { InForceSummary, SyncOutcome } from './sync-outcome.js';

/** Counters and gauges of the sources, for alerts about desired state that does not arrive. */
@Injectable()
export class SyncMetrics {
  private readonly attempts;
  private readonly resources;
  private readonly lastSuccess;

  constructor(metrics: Metrics) {
    this.attempts = metrics.counter({
      name: 'vigil_gitops_attempts_total',
      help: 'Looks at a source, by what came of them.',
      labels: ['source', 'outcome'],
    });
    this.resources = metrics.gauge({
      name: 'vigil_gitops_resources',
      help: 'Resources of the source that are in force.',
      labels: ['source'],
    });
    this.lastSuccess = metrics.gauge({
      name: 'vigil_gitops_last_success_timestamp_seconds',
      help: 'When the source was last read and its newest revision found valid, Unix time.',
      labels: ['source'],
    });
  }

  /** A source that there is no more is not one that has not been read for long. */
  forget(source: string): void {
    this.resources.remove({ source });
    this.lastSuccess.remove({ source });
  }

  /** `outcome` is absent when PostgreSQL or NATS kept the look from its end. */
  record(
    source: string,
    outcome: SyncOutcome | undefined,
    inForce: InForceSummary | undefined,
    atMs: number,
  ): void {
    this.attempts.inc({ source, outcome: outcome?.kind ?? 'postponed' });
    if (inForce !== undefined) this.resources.set({ source }, inForce.resources);
    const succeeded = outcome?.kind === 'applied' || outcome?.kind === 'suspended';
    if (succeeded) this.lastSuccess.set({ source }, atMs / 1_000);
  }
}
