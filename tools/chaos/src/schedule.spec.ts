import fc from 'fast-check';
import { planFaults } from './schedule.js';

const options = fc.record({
  seed: fc.integer(),
  count: fc.nat(60),
  maxPauseMs: fc.nat(10_000),
  maxHoldMs: fc.nat(10_000),
});
const faults = fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 12 });

describe('a schedule', () => {
  it('is the same for the same seed', () => {
    fc.assert(
      fc.property(faults, options, (kinds, given) => {
        expect(planFaults(kinds, given)).toEqual(planFaults(kinds, given));
      }),
    );
  });

  it('has as many faults as were asked for, in the order of their times', () => {
    fc.assert(
      fc.property(faults, options, (kinds, given) => {
        const planned = planFaults(kinds, given);
        expect(planned).toHaveLength(given.count);
        const times = planned.map(({ atMs }) => atMs);
        expect(times).toEqual(times.toSorted((a, b) => a - b));
        expect(planned.every(({ holdMs }) => holdMs <= given.maxHoldMs)).toBe(true);
      }),
    );
  });

  it('leaves no kind out while another comes again', () => {
    fc.assert(
      fc.property(faults, options, (kinds, given) => {
        const planned = planFaults(kinds, given).map(({ fault }) => fault);
        for (let at = 0; at + kinds.length <= planned.length; at += kinds.length) {
          expect(new Set(planned.slice(at, at + kinds.length)).size).toBe(kinds.length);
        }
      }),
    );
  });

  it('is another one for another seed', () => {
    const kinds = ['a', 'b', 'c', 'd', 'e', 'f'];
    const given = { count: 30, maxPauseMs: 1_000, maxHoldMs: 1_000 };
    expect(planFaults(kinds, { ...given, seed: 1 })).not.toEqual(
      planFaults(kinds, { ...given, seed: 2 }),
    );
  });
});
