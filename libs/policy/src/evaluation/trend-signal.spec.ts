import fc from 'fast-check';
import { parseCondition, type Condition } from '../condition.js';
import { evaluate } from '../evaluate.js';
import { SeriesStore } from '../series-store.js';

const T0 = 1_763_700_000_000;

function condition(): Condition {
  const parsed = parseCondition('memory_usage increasing for 10m');
  if (!parsed.ok) throw new TypeError('the condition is wrong');
  return parsed.condition;
}

const step = fc.record({
  gapMs: fc.constantFrom(1_000, 2_000, 2_000, 2_000, 10_000, 10_000, 45_000),
  value: fc.oneof(fc.integer({ min: -2, max: 2 }), fc.double({ min: -5, max: 5, noNaN: true })),
  rise: fc.constantFrom(0, 0.05),
});

describe('a trend', () => {
  it('is the same to who has followed the series as to who sees it for the first time', () => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 10, maxLength: 60 }),
        fc.integer({ min: 1, max: 20 }),
        (steps, rounds) => {
          const following = condition();
          const store = new SeriesStore();
          store.require(following.metrics);
          let now = T0;
          for (const [n, { gapMs, value, rise }] of Array.from({ length: rounds }, () => steps)
            .flat()
            .entries()) {
            now += gapMs;
            const sample = { name: 'memory_usage', labels: {}, value: value + n * rise };
            store.add('host', { ...sample, timestamp: now }, now);
            if (n % 3 === 1) continue;
            const [known] = evaluate(following, store, now).results;
            const [fresh] = evaluate(condition(), store, now).results;
            expect([known?.truth, known?.value, known?.reason]).toEqual([
              fresh?.truth,
              fresh?.value,
              fresh?.reason,
            ]);
          }
        },
      ),
      { numRuns: 15 },
    );
  });
});
