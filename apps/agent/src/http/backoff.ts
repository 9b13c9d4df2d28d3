export interface BackoffPolicy {
  /** Upper bound of the first delay, milliseconds. */
  readonly initialMs: number;
  /** No delay is longer than this, milliseconds. */
  readonly capMs: number;
}

/** DESIGN 5: retry of the agent, 1 s × 2, cap 30 s, full jitter. */
export const AGENT_RETRY: BackoffPolicy = { initialMs: 1_000, capMs: 30_000 };

/**
 * A delay before retry `attempt` (0 is the first), evenly distributed between 0 and a bound that
 * doubles: "full jitter" of
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/.
 */
export function backoffDelay(attempt: number, policy: BackoffPolicy, random: number): number {
  const ceiling = Math.min(policy.capMs, policy.initialMs * 2 ** Math.min(attempt, 30));
  return Math.round(ceiling * random);
}

/**
 * Milliseconds that a `Retry-After` header asks for (RFC 9110, 10.2.3: seconds or a date), at most an
 * hour; undefined without one that can be read.
 */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const asked = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(asked) ? undefined : Math.min(Math.max(asked, 0), 3_600_000);
}
