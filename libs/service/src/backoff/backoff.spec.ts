import fc from 'fast-check';
import { backoffCeiling, fullJitter, pause, RetryAborted, retryForever } from './backoff.js';

const POLICY = { initialMs: 100, capMs: 1_000 };
const NO_WAIT = { initialMs: 0, capMs: 0 };

describe('backoff', () => {
  it.each([
    [0, 100],
    [1, 200],
    [3, 800],
    [4, 1_000],
    [1e9, 1_000],
  ])('attempt %d waits at most %d ms', (attempt, ceiling) => {
    expect(backoffCeiling(attempt, POLICY)).toBe(ceiling);
  });

  it('stays between nothing and the ceiling', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, random) => {
        const delay = fullJitter(attempt, POLICY, () => random);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(backoffCeiling(attempt, POLICY));
      }),
    );
  });
});

describe('retryForever', () => {
  const never = new AbortController().signal;

  it('repeats until it succeeds, and tells of every failure', async () => {
    const told: number[] = [];
    let calls = 0;
    const result = await retryForever(
      never,
      () => {
        calls += 1;
        return calls < 4 ? Promise.reject(new Error('no')) : Promise.resolve('yes');
      },
      { ...NO_WAIT, onFailure: (_error, attempt) => told.push(attempt) },
    );
    expect([result, told]).toEqual(['yes', [1, 2, 3]]);
  });

  it('ends while it waits, with the last failure as the cause', async () => {
    const stop = new AbortController();
    const cause = new Error('away');
    const retrying = retryForever(stop.signal, () => Promise.reject(cause), {
      initialMs: 1e6,
      capMs: 1e6,
      onFailure: () => {
        stop.abort();
      },
    });
    await expect(retrying).rejects.toThrow(RetryAborted);
    await expect(retrying).rejects.toMatchObject({ cause });
  });

  it('throws at once what is not to be retried', async () => {
    const fatal = new TypeError('a bug');
    await expect(
      retryForever(never, () => Promise.reject(fatal), {
        ...NO_WAIT,
        shouldRetry: (error) => !(error instanceof TypeError),
      }),
    ).rejects.toBe(fatal);
  });
});

describe('pause', () => {
  it('says whether it has waited to the end', async () => {
    const stop = new AbortController();
    const waiting = pause(1e6, stop.signal);
    stop.abort();
    expect(await waiting).toBe(false);
    expect(await pause(1, stop.signal)).toBe(false);
    expect(await pause(1)).toBe(true);
  });
});
