import { setTimeout as delay } from 'node:timers/promises';

export interface BackoffPolicy {
  /** Upper bound of the first delay, milliseconds. */
  readonly initialMs: number;
  /** No delay is longer than this, milliseconds. */
  readonly capMs: number;
  /** Growth from one attempt to the next; default 2. */
  readonly factor?: number;
}

/** Delay bound of attempt `attempt` (0 is the first retry), without jitter. */
export function backoffCeiling(attempt: number, policy: BackoffPolicy): number {
  // the exponent is bounded so that a very long outage cannot overflow to Infinity × 0
  const growth = (policy.factor ?? 2) ** Math.min(attempt, 64);
  return Math.min(policy.capMs, policy.initialMs * growth);
}

/**
 * A delay between 0 and the ceiling, evenly distributed: "full jitter" of
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/, which spreads
 * reconnecting clients best.
 */
export function fullJitter(
  attempt: number,
  policy: BackoffPolicy,
  random: () => number = Math.random,
): number {
  return Math.round(backoffCeiling(attempt, policy) * random());
}

/** Waits, or returns false at once when the signal is aborted before the time is over. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<boolean> {
  if (signal?.aborted === true) return false;
  try {
    await delay(milliseconds, undefined, signal === undefined ? {} : { signal });
    return true;
  } catch {
    return false;
  }
}

export interface RetryOptions extends BackoffPolicy {
  /** Told after each failed attempt: 1 for the first, and how long it will wait. */
  readonly onFailure?: (error: unknown, attempt: number, delayMs: number) => void;
  /** False ends the retries: the error is thrown. Default: every error is retried. */
  readonly shouldRetry?: (error: unknown) => boolean;
}

/** The wait was ended by its signal before the task had succeeded. */
export class RetryAborted extends Error {
  constructor(options?: ErrorOptions) {
    super('stopped before the task had succeeded', options);
    this.name = 'RetryAborted';
  }
}

/**
 * Repeats the task, with full jitter, until it succeeds or the signal is aborted.
 * @throws RetryAborted when aborted, with the last failure as its cause
 */
export async function retryForever<Result>(
  signal: AbortSignal,
  task: () => Promise<Result>,
  options: RetryOptions,
): Promise<Result> {
  let lastError: unknown;
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    try {
      return await task();
    } catch (error) {
      if (options.shouldRetry?.(error) === false) throw error;
      lastError = error;
      const delayMs = fullJitter(attempt, options);
      options.onFailure?.(error, attempt + 1, delayMs);
      await pause(delayMs, signal);
    }
  }
  throw new RetryAborted({ cause: lastError });
}
