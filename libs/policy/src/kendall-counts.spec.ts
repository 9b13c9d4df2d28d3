import fc from 'fast-check';
import { KendallCounts, type KendallTotals } from './kendall-counts.js';

/** Every pair is looked at, as the definition says. */
function counted(values: readonly number[]): KendallTotals {
  let s = 0;
  for (const [at, value] of values.entries()) {
    for (const later of values.slice(at + 1)) s += Math.sign(later - value);
  }
  const sizes = new Map<number, number>();
  for (const value of values) sizes.set(value, (sizes.get(value) ?? 0) + 1);
  let ties = 0;
  for (const t of sizes.values()) ties += t * (t - 1) * (2 * t + 5);
  return { count: values.length, s, ties };
}

/** What becomes of a window from one evaluation to the next. */
const change = fc.record({
  dropped: fc.integer({ min: 0, max: 3 }),
  firstChanges: fc.boolean(),
  lastChanges: fc.boolean(),
  inserted: fc.boolean(),
  added: fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 3 }),
});

describe('counts of a sliding window', () => {
  it('are those of its values, however it slides', () => {
    const values = fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 60 });
    fc.assert(
      fc.property(values, fc.array(change, { maxLength: 30 }), (first, changes) => {
        const counts = new KendallCounts();
        let points = first.map((value, at) => ({ time: at * 10, value }));
        const check = () => {
          const times = points.map(({ time }) => time);
          const now = points.map(({ value }) => value);
          expect(counts.follow(times, now)).toEqual(counted(now));
        };
        check();
        for (const { dropped, firstChanges, lastChanges, inserted, added } of changes) {
          points = points.slice(dropped).map(({ time, value }, at, all) => {
            const changes = (firstChanges && at === 0) || (lastChanges && at === all.length - 1);
            return changes ? { time: time + 1, value: value + 0.5 } : { time, value };
          });
          const middle = points[points.length >> 1];
          if (inserted && middle !== undefined) {
            points.splice(points.length >> 1, 0, { time: middle.time - 2, value: 1 });
          }
          for (const value of added) points.push({ time: (points.at(-1)?.time ?? 0) + 10, value });
          check();
        }
      }),
    );
  });

  it('are those of values that have nothing in common with the last ones', () => {
    const counts = new KendallCounts();
    counts.follow([1, 2, 3], [1, 1, 1]);
    expect(counts.follow([7, 8], [5, 4])).toEqual(counted([5, 4]));
    expect(counts.follow([], [])).toEqual(counted([]));
    expect(counts.follow([1], [1])).toEqual(counted([1]));
  });
});
