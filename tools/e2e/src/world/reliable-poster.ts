import { IngestAccepted } from '@vigil/contracts';
import { eventually } from '@vigil/testkit';
import { setTimeout as pause } from 'node:timers/promises';
import type { ApiAnswer, ApiClient } from './api-client.js';

const BATCH_SIZE = 10;
const INTERVAL_MS = 100;
const RETRY_MS = 200;

/**
 * Posts batches as a careful client does: one after another, the same batch under the same id until
 * it was acknowledged. Every sample has a time of its own, so that they can be counted afterwards.
 */
export class ReliablePoster {
  private stopping = false;
  private batches = 0;
  private acknowledgedBatches = 0;
  private readonly done: Promise<void>;
  readonly firstAt: number;
  /** Each answer that was no acknowledgement. */
  readonly refusals: ApiAnswer[] = [];

  private constructor(
    private readonly api: ApiClient,
    private readonly metric: string,
  ) {
    this.firstAt = Date.now() - 60_000;
    this.done = this.run();
  }

  static start(api: ApiClient, metric: string): ReliablePoster {
    return new ReliablePoster(api, metric);
  }

  /** Samples that were acknowledged. */
  get acknowledged(): number {
    return this.acknowledgedBatches * BATCH_SIZE;
  }

  /** Resolves as soon as one more batch was acknowledged. */
  async acknowledgesMore(): Promise<void> {
    const before = this.acknowledged;
    await eventually(() => this.acknowledged > before, { withinMs: 60_000 });
  }

  /** Makes no new batch; resolves when the last one is acknowledged. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.done;
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      const batch = this.nextBatch();
      while (!(await this.isAcknowledged(batch))) await pause(RETRY_MS);
      this.acknowledgedBatches += 1;
      await pause(INTERVAL_MS);
    }
  }

  private nextBatch(): object {
    const number = this.batches++;
    const metrics = Array.from({ length: BATCH_SIZE }, (_, index) => {
      const sample = number * BATCH_SIZE + index;
      return { name: this.metric, value: sample, timestamp: this.firstAt + sample };
    });
    return { source: 'careful-client', batchId: `${this.metric}-${String(number)}`, metrics };
  }

  private async isAcknowledged(batch: object): Promise<boolean> {
    const answer = await this.api.post('/ingest', batch).catch(() => undefined);
    if (answer?.status !== 202) {
      if (answer !== undefined) this.refusals.push(answer);
      return false;
    }
    return IngestAccepted.parse(answer.body).accepted === BATCH_SIZE;
  }
}
