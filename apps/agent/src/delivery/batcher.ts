import type { CheckAttempt } from '@vigil/contracts';
import type { Collection } from '../host-metrics/collection.js';
import type { HostSample } from '../host-metrics/collector.js';
import type { Spool } from '../spool/spool.js';
import { cutIntoBatches, encodeBatch } from './batch-body.js';
import type { Statistics } from './statistics.js';

/** Failed checks feed policies: they wait no longer than this for the next collection. */
const FLUSH_FAILURE_AFTER_MS = 200;

/** Attempts of checks that wait for the next batch; the oldest go first. */
const MAX_CHECKS_WAITING = 50_000;

export interface BatchOrigin {
  /** The host's name. */
  readonly source: string;
  /** Unique among all starts of this agent. */
  readonly epoch: number;
}

/** Collects at its interval, and puts what was collected into the spool as batches. */
export class Batcher {
  private checks: CheckAttempt[] = [];
  private batchCount = 0;
  private flushTimer: NodeJS.Timeout | undefined;
  private newest: { readonly at: number; readonly samples: readonly HostSample[] } = {
    at: 0,
    samples: [],
  };

  constructor(
    private readonly origin: BatchOrigin,
    private readonly collection: Collection,
    private readonly spool: Spool,
    private readonly statistics: Statistics,
  ) {}

  /** The samples of the last collection, for whoever scrapes them. */
  get lastCollection(): { readonly at: number; readonly samples: readonly HostSample[] } {
    return this.newest;
  }

  /** Takes an attempt into the next batch. */
  addCheck(attempt: CheckAttempt): void {
    this.checks.push(attempt);
    if (this.checks.length > MAX_CHECKS_WAITING) this.checks.shift();
    if (attempt.success || attempt.starting) return;
    this.flushTimer ??= setTimeout(() => void this.store(0, []), FLUSH_FAILURE_AFTER_MS);
  }

  /** Collects every `intervalMs` until the signal is aborted; what is left then goes into the spool. */
  async run(intervalMs: number, signal: AbortSignal): Promise<void> {
    // rates need two readings: the first collection is only the start of the measurement
    await this.collection.run();
    const timer = setInterval(() => void this.collect(signal), intervalMs);
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    clearInterval(timer);
    await this.store(0, []);
  }

  private async collect(signal: AbortSignal): Promise<void> {
    const at = Date.now();
    const { samples, about, failures } = await this.collection.run();
    if (signal.aborted) return;
    this.statistics.collectFailures += failures;
    this.newest = { at, samples: [...samples, ...about] };
    await this.store(at, samples);
  }

  private async store(timestamp: number, samples: readonly HostSample[]): Promise<void> {
    clearTimeout(this.flushTimer);
    this.flushTimer = undefined;
    const { checks } = this;
    this.checks = [];
    const metrics = samples.map(({ name, value, labels }) => ({
      name,
      value,
      ...(labels === undefined ? {} : { labels: { ...labels } }),
      timestamp,
    }));
    const batches = cutIntoBatches(this.origin.source, metrics, checks, () => this.nextId());
    for (const batch of batches) await this.spool.append(encodeBatch(batch));
  }

  private nextId(): string {
    this.batchCount += 1;
    return `${this.origin.epoch.toString(36)}-${this.batchCount.toString(36)}`;
  }
}
