import type { IngestBatch, StateSnapshot } from '@vigil/contracts';
import type { Credentials } from '../enrolment/credentials.js';
import { backoffDelay, type BackoffPolicy } from '../http/backoff.js';
import { NoAnswer, type HttpClient } from '../http/http-client.js';
import { InterruptiblePause } from '../waiting/interruptible-pause.js';
import type { Log } from '../log/log.js';
import { SayOnce } from '../log/say-once.js';
import { WakeUp } from '../waiting/wake-up.js';
import { judgeAnswer } from './judge-answer.js';
import type { Statistics } from './statistics.js';

/** Nobody repairs what nobody knows: faster than other retries, one small body at a time. */
const SNAPSHOT_RETRY: BackoffPolicy = { initialMs: 200, capMs: 5_000 };
const NOT_AUTHORISED_PAUSE_MS = 30_000;
const PUSH_TIMEOUT_MS = 5_000;
const SAY_AGAIN_MS = 5 * 60_000;

/**
 * Tells the collector the state of this host as soon as it changes, over a connection of its own, so
 * that it never waits behind batches. Only the newest snapshot matters: it is taken at the moment of
 * sending, and a failed push is repeated with what holds then.
 */
export class SnapshotPusher {
  private readonly changed = new WakeUp();
  private readonly pausing = new InterruptiblePause();
  private readonly saying = new SayOnce(SAY_AGAIN_MS);
  private acknowledged = false;

  constructor(
    private readonly client: HttpClient,
    private readonly credentials: Credentials,
    private readonly snapshot: () => StateSnapshot,
    private readonly statistics: Statistics,
    private readonly log: Log,
  ) {}

  /** True when the collector has taken the last snapshot. */
  get isAcknowledged(): boolean {
    return this.acknowledged;
  }

  /** Something changed, or the collector can be reached again: push now. */
  push(): void {
    this.changed.wake();
    this.pausing.interrupt();
  }

  /**
   * Runs until the signal is aborted.
   * @param onRecovered the collector has taken a snapshot, after it could not be told
   */
  async run(source: string, signal: AbortSignal, onRecovered: () => void): Promise<void> {
    let attempt = 0;
    while (!signal.aborted) {
      await this.changed.wait(signal);
      // changes of the same turn, for example of several processes that were killed at once, share a push
      await new Promise((resolve) => setImmediate(resolve));
      this.changed.reset();
      const failure = await this.send(source, signal);
      this.acknowledged = failure === undefined;
      if (failure === undefined) {
        if (attempt > 0) onRecovered();
        attempt = 0;
        if (this.saying.recovered()) this.log.info('the collector takes snapshots again');
        continue;
      }
      this.statistics.snapshotRetries += 1;
      if (this.saying.shouldSay(failure.why) && !signal.aborted) {
        this.log.warn('the state of this host could not be told', { why: failure.why });
      }
      this.changed.wake();
      const pause = failure.isFinal
        ? NOT_AUTHORISED_PAUSE_MS
        : backoffDelay(attempt, SNAPSHOT_RETRY, Math.random());
      attempt += 1;
      await this.pausing.wait(pause, signal);
    }
  }

  private async send(
    source: string,
    signal: AbortSignal,
  ): Promise<{ why: string; isFinal: boolean } | undefined> {
    const { key } = this.credentials;
    const batch: IngestBatch = { source, metrics: [], state: this.snapshot() };
    try {
      const answer = await this.client.send({
        method: 'POST',
        path: '/ingest',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
        body: JSON.stringify(batch),
        timeoutMs: PUSH_TIMEOUT_MS,
        signal,
      });
      const judgement = judgeAnswer(answer);
      if (judgement.kind === 'delivered') {
        this.credentials.accept(key);
        this.statistics.snapshotsSent += 1;
        return undefined;
      }
      if (judgement.kind === 'not-authorised' && judgement.isKeyRefused) {
        this.credentials.refuse(key);
      }
      const why = 'why' in judgement ? judgement.why : 'the snapshot is too large';
      return { why, isFinal: judgement.kind !== 'retry' };
    } catch (error) {
      if (error instanceof NoAnswer) return { why: error.message, isFinal: false };
      throw error;
    }
  }
}
