import { Enrolled, Problem, type EnrolRequest } from '@vigil/contracts';
import { AGENT_RETRY, backoffDelay, retryAfterMs } from '../http/backoff.js';
import { NoAnswer, type HttpAnswer, type HttpClient } from '../http/http-client.js';
import type { Log } from '../log/log.js';
import { SayOnce } from '../log/say-once.js';
import { InterruptiblePause } from '../waiting/interruptible-pause.js';

const ENROL_TIMEOUT_MS = 15_000;
const SAY_AGAIN_MS = 60_000;

/** The collector does not accept the token: only a new one helps. */
export class EnrolmentRefused extends Error {
  constructor(detail: string) {
    super(`the collector refused the enrolment: ${detail}`);
    this.name = 'EnrolmentRefused';
  }
}

/**
 * Exchanges the one-time token for a key of this agent's own; waits for a collector that cannot be
 * reached. Undefined when the signal was aborted first.
 * @throws EnrolmentRefused when the token is not accepted
 */
export async function enrol(
  client: HttpClient,
  request: EnrolRequest,
  log: Log,
  signal: AbortSignal,
): Promise<Enrolled | undefined> {
  const saying = new SayOnce(SAY_AGAIN_MS);
  const pausing = new InterruptiblePause();
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    const answer = await post(client, request, signal);
    if (!(answer instanceof NoAnswer)) {
      if (answer.status >= 200 && answer.status < 300) return read(answer);
      if (isFinal(answer.status)) throw new EnrolmentRefused(detailOf(answer));
    }
    const why = answer instanceof NoAnswer ? answer.message : detailOf(answer);
    if (saying.shouldSay(why)) log.warn('waiting for the collector to enrol', { why });
    const asked =
      answer instanceof NoAnswer
        ? undefined
        : retryAfterMs(answer.headers['retry-after'], Date.now());
    const pause = Math.max(asked ?? 0, backoffDelay(attempt, AGENT_RETRY, Math.random()));
    await pausing.wait(pause, signal);
  }
  return undefined;
}

async function post(
  client: HttpClient,
  request: EnrolRequest,
  signal: AbortSignal,
): Promise<HttpAnswer | NoAnswer> {
  try {
    return await client.send({
      method: 'POST',
      path: '/agents/enroll',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
      timeoutMs: ENROL_TIMEOUT_MS,
      signal,
    });
  } catch (error) {
    if (error instanceof NoAnswer) return error;
    throw error;
  }
}

function read(answer: HttpAnswer): Enrolled {
  const parsed = Enrolled.safeParse(parseJson(answer.body));
  if (!parsed.success) throw new EnrolmentRefused('its answer is not understood');
  return parsed.data;
}

function isFinal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 404 && status !== 408 && status !== 429;
}

function detailOf(answer: HttpAnswer): string {
  const detail = Problem.safeParse(parseJson(answer.body)).data?.detail;
  return `${answer.status}${detail === undefined ? '' : ` ${detail}`}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
