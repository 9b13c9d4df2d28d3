import type { ReplicaHealth } from '@vigil/contracts';
import type { HealthCheck } from '@vigil/manifests';

/** First pause after a start; doubled after each attempt until the first success. */
const RAMP_START_MS = 50;

/** One attempt that has ended. Times are Unix milliseconds. */
export interface Attempt {
  readonly at: number;
  readonly durationMs: number;
  readonly success: boolean;
  readonly message?: string;
}

/** What is known about the health of one launch. */
export interface CheckState {
  readonly health: ReplicaHealth;
  /** Failures before the first success are forgiven during `startPeriod`. */
  readonly hasSucceeded: boolean;
  readonly attempts: number;
}

export type CheckTiming = Pick<
  HealthCheck,
  'intervalMs' | 'timeoutMs' | 'retryIntervalMs' | 'failureThreshold' | 'startPeriodMs'
>;

export const NO_CHECK: ReplicaHealth = { status: 'none', consecutiveFailures: 0 };

export function initialCheckState(): CheckState {
  return {
    health: { status: 'starting', consecutiveFailures: 0 },
    hasSucceeded: false,
    attempts: 0,
  };
}

/** True for a failure that does not count: before the first success, within `startPeriod`. */
export function isForgiven(
  state: CheckState,
  attempt: Attempt,
  timing: CheckTiming,
  startedAt: number,
): boolean {
  const isEarly = attempt.at < startedAt + timing.startPeriodMs;
  return !attempt.success && !state.hasSucceeded && isEarly;
}

/** The state after an attempt of a process that was started at `startedAt`. */
export function afterAttempt(
  state: CheckState,
  attempt: Attempt,
  timing: CheckTiming,
  startedAt: number,
): CheckState {
  const attempts = state.attempts + 1;
  if (attempt.success) {
    const health = {
      status: 'healthy',
      consecutiveFailures: 0,
      lastAttemptAt: attempt.at,
      lastSuccessAt: attempt.at,
    } as const;
    return { health, hasSucceeded: true, attempts };
  }
  const failed = {
    ...state.health,
    lastAttemptAt: attempt.at,
    ...(attempt.message === undefined ? {} : { message: attempt.message.slice(0, 1024) }),
  };
  if (isForgiven(state, attempt, timing, startedAt)) return { ...state, health: failed, attempts };
  const consecutiveFailures = state.health.consecutiveFailures + 1;
  const health: ReplicaHealth = {
    ...failed,
    status: consecutiveFailures >= timing.failureThreshold ? 'unhealthy' : failed.status,
    consecutiveFailures,
    failingSince: state.health.failingSince ?? attempt.at,
  };
  return { health, hasSucceeded: state.hasSucceeded, attempts };
}

/**
 * How long after the start of the last attempt the next one starts, in milliseconds; it never starts
 * before the last one has ended. While failures are forgiven: 50, 100, 200 ms … up to
 * `retryInterval`, so that a service is seen healthy soon after it is. After a failure that counts
 * `retryInterval`, as in Icinga's soft states; else `interval`.
 */
export function pauseAfterAttempt(
  state: CheckState,
  lastFailed: boolean,
  timing: CheckTiming,
  ageMs: number,
): number {
  if (!state.hasSucceeded && ageMs < timing.startPeriodMs) {
    const ramp = RAMP_START_MS * 2 ** Math.min(state.attempts, 30);
    return Math.min(ramp, Math.max(timing.retryIntervalMs, RAMP_START_MS));
  }
  return lastFailed || !state.hasSucceeded ? timing.retryIntervalMs : timing.intervalMs;
}

/** True when somebody who acts on health has to know at once; a repeated success is no news. */
export function isNews(previous: ReplicaHealth, next: ReplicaHealth): boolean {
  return (
    previous.status !== next.status || previous.consecutiveFailures !== next.consecutiveFailures
  );
}
