import type { Credentials } from '../enrolment/credentials.js';
import { AGENT_RETRY, backoffDelay, retryAfterMs } from '../http/backoff.js';
import { NoAnswer, type HttpAnswer, type HttpClient } from '../http/http-client.js';
import { InterruptiblePause } from '../waiting/interruptible-pause.js';
import type { Log } from '../log/log.js';
import { SayOnce } from '../log/say-once.js';
import type { Spool, SpooledBody } from '../spool/spool.js';
import { halve, isCompressed } from './batch-body.js';
import { judgeAnswer, type Judgement } from './judge-answer.js';
import type { Statistics } from './statistics.js';

const SEND_TIMEOUT_MS = 30_000;

/** A key that is refused is tried again this often: somebody may have restored it. */
const NOT_AUTHORISED_PAUSE_MS = 60_000;

const SAY_AGAIN_MS = 5 * 60_000;
const DISK_FAULT_PAUSE_MS = 5_000;

/** What came of one body: it is settled, or has to be tried again after a pause. */
type Outcome =
  | { readonly settled: true }
  | { readonly settled: false; readonly why: string; readonly pauseMs: number };

/** Delivers the batches of the spool, one after another, until each was accepted or refused for good. */
export class BatchSender {
  private readonly saying = new SayOnce(SAY_AGAIN_MS);
  private readonly sayingDisk = new SayOnce(SAY_AGAIN_MS);
  private readonly pausing = new InterruptiblePause();

  constructor(
    private readonly client: HttpClient,
    private readonly credentials: Credentials,
    private readonly spool: Spool,
    private readonly statistics: Statistics,
    private readonly log: Log,
  ) {}

  /** Runs until the signal is aborted; what is not delivered then stays in the spool. */
  async run(signal: AbortSignal): Promise<void> {
    let attempt = 0;
    for (;;) {
      const next = await this.nextBody(signal);
      if (next === undefined) return;
      const outcome = await this.deliver(next.body, attempt, signal);
      if (outcome.settled) {
        attempt = 0;
        await this.release(next);
        if (this.saying.recovered()) this.log.info('the collector takes batches again');
        continue;
      }
      if (signal.aborted) return;
      attempt += 1;
      this.statistics.sendRetries += 1;
      if (this.saying.shouldSay(outcome.why)) {
        const message = 'a batch could not be delivered; it is kept and tried again';
        this.log.warn(message, { why: outcome.why, pauseMs: outcome.pauseMs });
      }
      await this.pausing.wait(outcome.pauseMs, signal);
    }
  }

  /** The collector can be reached again, or there is another key: no need to wait for the end of a pause. */
  nudge(): void {
    if (!this.credentials.isRefused) this.pausing.interrupt();
  }

  /** A disk that fails is no reason to end: what is supervised is. */
  private async nextBody(signal: AbortSignal): Promise<SpooledBody | undefined> {
    while (!signal.aborted) {
      try {
        return await this.spool.next(signal);
      } catch (error) {
        this.noteDiskFault(error);
        await this.pausing.wait(DISK_FAULT_PAUSE_MS, signal);
      }
    }
    return undefined;
  }

  private async release(body: SpooledBody): Promise<void> {
    try {
      await this.spool.release(body);
    } catch (error) {
      // it is sent once more, under the same id
      this.noteDiskFault(error);
    }
  }

  private noteDiskFault(error: unknown): void {
    if (this.sayingDisk.shouldSay('disk')) this.log.error('the spool cannot be read', error);
  }

  private async deliver(body: Buffer, attempt: number, signal: AbortSignal): Promise<Outcome> {
    const { key } = this.credentials;
    const answer = await this.post(body, key, signal);
    const judgement: Judgement =
      answer instanceof NoAnswer ? { kind: 'retry', why: answer.message } : judgeAnswer(answer);
    switch (judgement.kind) {
      case 'delivered':
        this.credentials.accept(key);
        this.noteDelivered(judgement.rejected);
        return { settled: true };
      case 'drop':
        return this.drop(judgement.why);
      case 'split':
        return this.deliverHalves(body, attempt, signal);
      case 'not-authorised':
        if (judgement.isKeyRefused) this.credentials.refuse(key);
        return { settled: false, why: judgement.why, pauseMs: NOT_AUTHORISED_PAUSE_MS };
      case 'retry':
        return { settled: false, why: judgement.why, pauseMs: pauseFor(answer, attempt) };
    }
  }

  private async deliverHalves(
    body: Buffer,
    attempt: number,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const halves = halve(body);
    if (halves === undefined) return this.drop('too large for the collector, and cannot be split');
    for (const half of halves) {
      // a half that was delivered is known by its id when both are tried again
      const outcome = await this.deliver(half, attempt, signal);
      if (!outcome.settled) return outcome;
    }
    return { settled: true };
  }

  private drop(why: string): Outcome {
    this.statistics.batchesDropped += 1;
    this.log.error('the collector refused a batch for good; it is dropped', undefined, { why });
    return { settled: true };
  }

  private noteDelivered(rejected: Extract<Judgement, { kind: 'delivered' }>['rejected']): void {
    this.statistics.batchesSent += 1;
    this.statistics.samplesRejected += rejected.length;
    const [first] = rejected;
    if (first !== undefined) {
      this.log.warn('the collector rejected samples', { count: rejected.length, first });
    }
  }

  private async post(
    body: Buffer,
    key: string,
    signal: AbortSignal,
  ): Promise<HttpAnswer | NoAnswer> {
    try {
      return await this.client.send({
        method: 'POST',
        path: '/ingest',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${key}`,
          ...(isCompressed(body) ? { 'content-encoding': 'gzip' } : {}),
        },
        body,
        timeoutMs: SEND_TIMEOUT_MS,
        signal,
      });
    } catch (error) {
      if (error instanceof NoAnswer) return error;
      throw error;
    }
  }
}

function pauseFor(answer: HttpAnswer | NoAnswer, attempt: number): number {
  const asked =
    answer instanceof NoAnswer
      ? undefined
      : retryAfterMs(answer.headers['retry-after'], Date.now());
  const backoff = backoffDelay(attempt, AGENT_RETRY, Math.random());
  // a little later than asked, so that not all agents come back in the same moment
  return asked === undefined ? backoff : asked + Math.min(backoff, 5_000);
}
