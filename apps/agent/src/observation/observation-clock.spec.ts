import fc from 'fast-check';
import { ObservationClock } from './observation-clock.js';

describe('the clock of observations', () => {
  it('tells the order of looks and changes, whatever the clock of the system does', () => {
    const step = fc.record({
      what: fc.constantFrom('look' as const, 'change' as const),
      advanceMs: fc.integer({ min: -10, max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        let time = 1_000;
        const clock = new ObservationClock(() => time);
        const stamps = steps.map(({ what, advanceMs }) => {
          time += advanceMs;
          return { what, at: clock[what]() };
        });
        for (const [index, { what, at }] of stamps.entries()) {
          if (what !== 'change') continue;
          const looks = stamps.map((stamp, place) => ({ ...stamp, place }));
          for (const look of looks.filter((stamp) => stamp.what === 'look')) {
            expect(look.at >= at).toBe(look.place > index);
          }
        }
      }),
    );
  });

  it('is that of the system', () => {
    const clock = new ObservationClock(() => 5_000);
    expect(clock.look()).toBe(5_000);
    expect(clock.change()).toBe(5_001);
    expect(new ObservationClock().look()).toBeGreaterThan(1_700_000_000_000);
  });
});
