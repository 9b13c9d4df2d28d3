import {
  afterAttempt,
  initialCheckState,
  isForgiven,
  isNews,
  pauseAfterAttempt,
  type CheckState,
  type CheckTiming,
} from './check-state.js';

const timing: CheckTiming = {
  intervalMs: 1_000,
  timeoutMs: 500,
  retryIntervalMs: 333,
  failureThreshold: 3,
  startPeriodMs: 30_000,
};
const STARTED = 1_000_000;
const LATER = STARTED + timing.startPeriodMs;

const success = (at: number) => ({ at, durationMs: 5, success: true });
const failure = (at: number, message = 'no answer') => ({
  at,
  durationMs: timing.timeoutMs,
  success: false,
  message,
});

function after(
  ...attempts: (ReturnType<typeof success> | ReturnType<typeof failure>)[]
): CheckState {
  return attempts.reduce(
    (state, attempt) => afterAttempt(state, attempt, timing, STARTED),
    initialCheckState(),
  );
}

describe('afterAttempt', () => {
  it('is healthy after the first success', () => {
    expect(after(success(STARTED)).health).toEqual({
      status: 'healthy',
      consecutiveFailures: 0,
      lastAttemptAt: STARTED,
      lastSuccessAt: STARTED,
    });
  });

  it('is unhealthy after as many failures in a row as the threshold says', () => {
    const [one, two, three] = [LATER, LATER + 500, LATER + 1_000];
    const healthy = success(LATER - 1);
    expect(after(healthy, failure(one), failure(two)).health).toMatchObject({
      status: 'healthy',
      consecutiveFailures: 2,
      failingSince: one,
    });
    expect(after(healthy, failure(one), failure(two), failure(three)).health).toEqual({
      status: 'unhealthy',
      consecutiveFailures: 3,
      failingSince: one,
      lastAttemptAt: three,
      lastSuccessAt: LATER - 1,
      message: 'no answer',
    });
  });

  it('begins a new row after a success', () => {
    const { health } = after(success(STARTED), failure(1), failure(2), success(3), failure(4));
    expect(health).toMatchObject({ consecutiveFailures: 1, failingSince: 4 });
  });

  it('forgives failures before the first success within the start period, and says why', () => {
    const early = failure(LATER - 1);
    expect(isForgiven(initialCheckState(), early, timing, STARTED)).toBe(true);
    expect(after(early, early, early).health).toEqual({
      status: 'starting',
      consecutiveFailures: 0,
      lastAttemptAt: LATER - 1,
      message: 'no answer',
    });
  });

  it('counts failures after the start period, and after the first success', () => {
    expect(after(failure(LATER)).health.consecutiveFailures).toBe(1);
    expect(after(success(STARTED), failure(STARTED + 1)).health.consecutiveFailures).toBe(1);
  });
});

describe('pauseAfterAttempt', () => {
  const starting = (attempts: number): CheckState => ({ ...initialCheckState(), attempts });
  const healthy = after(success(STARTED));

  it.each([
    ['the first attempt after a start', starting(0), false, 0, 50],
    ['the second', starting(1), true, 60, 100],
    ['the third', starting(2), true, 200, 200],
    ['those beyond the retry interval', starting(9), true, 5_000, 333],
    ['a start that takes longer than its period', starting(9), true, 30_000, 333],
    ['a success', healthy, false, 100, 1_000],
    ['a failure of what was healthy', healthy, true, 100, 333],
  ])('after %s', (_what, state, lastFailed, age, pause) => {
    expect(pauseAfterAttempt(state, lastFailed, timing, age)).toBe(pause);
  });

  it('does not hurry when failures count from the start', () => {
    const strict = { ...timing, startPeriodMs: 0 };
    expect(pauseAfterAttempt(starting(0), false, strict, 0)).toBe(333);
  });
});

describe('a hung process', () => {
  /** The timeline of the design: what happens when a process hangs at 0 and the next check is due at φ. */
  function timeline(phase: number): { starts: number[]; unhealthyAt: number } {
    let state = after(success(LATER - timing.intervalMs));
    const starts: number[] = [];
    let at = phase;
    while (state.health.status !== 'unhealthy') {
      starts.push(at);
      state = afterAttempt(state, failure(LATER + at), timing, STARTED);
      const pause = pauseAfterAttempt(state, true, timing, LATER + at - STARTED);
      at += Math.max(pause, timing.timeoutMs);
    }
    return { starts, unhealthyAt: (starts.at(-1) ?? 0) + timing.timeoutMs };
  }

  it.each([
    [0, [0, 500, 1_000], 1_500],
    [700, [700, 1_200, 1_700], 2_200],
  ])('is found at φ + 1.5 s: φ = %d ms', (phase, starts, unhealthyAt) => {
    expect(timeline(phase)).toEqual({ starts, unhealthyAt });
  });
});

describe('isNews', () => {
  it('is what somebody acts on, and no repeated success', () => {
    const first = after(success(STARTED)).health;
    expect(isNews(first, after(success(STARTED), success(STARTED + 1)).health)).toBe(false);
    expect(isNews(first, after(success(STARTED), failure(STARTED + 1)).health)).toBe(true);
    expect(isNews(initialCheckState().health, first)).toBe(true);
  });
});
