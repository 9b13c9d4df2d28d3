import fc from 'fast-check';
import { AGENT_RETRY, backoffDelay, retryAfterMs } from './backoff.js';

describe('backoffDelay', () => {
  it.each([
    [0, 1_000],
    [1, 2_000],
    [4, 16_000],
    [5, 30_000],
    [1_000_000, 30_000],
  ])('is at most, before retry %d, %d ms', (attempt, ceiling) => {
    expect(backoffDelay(attempt, AGENT_RETRY, 1)).toBe(ceiling);
  });

  it('spreads over the whole range', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, random) => {
        const delay = backoffDelay(attempt, AGENT_RETRY, random);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(30_000);
      }),
    );
    expect(backoffDelay(3, AGENT_RETRY, 0)).toBe(0);
  });
});

describe('retryAfterMs', () => {
  const now = Date.parse('2026-11-21T12:00:00Z');
  it.each([
    ['7', 7_000],
    ['0', 0],
    ['Sat, 21 Nov 2026 12:00:30 GMT', 30_000],
    ['Sat, 21 Nov 2026 11:00:00 GMT', 0],
    ['999999', 3_600_000],
    ['soon', undefined],
    [undefined, undefined],
  ])('of %j', (header, ms) => {
    expect(retryAfterMs(header, now)).toBe(ms);
  });
});
