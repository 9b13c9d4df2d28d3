import fc from 'fast-check';
import { parseCondition } from './condition.js';
import { evaluate, type GroupResult } from './evaluate.js';
import { judgeHold } from './hold.js';
import { SeriesStore } from './series-store.js';
import { TimelineBuilder } from './timeline.js';
import type { Trit } from './truth.js';

type Sample = readonly [second: number, value: number];

/**
 * `x > 50 for D` as the documentation states it, second by second and without any cleverness.
 * Everything happens on whole seconds, so that one look at each second misses nothing.
 */
function reference(samples: readonly Sample[], durationS: number, now: number): string {
  const seen = samples.filter(([second]) => second <= now).sort(([a], [b]) => a - b);
  const newest = seen.at(-1);
  if (newest === undefined) return 'unknown';
  const interval = intervalOf(seen);
  const stale = Math.min(300, Math.max(30, 3 * interval));
  const meets = (index: number) => (seen[index]?.[1] ?? 0) > 50;
  if (now - newest[0] > stale) return 'unknown';
  if (!meets(seen.length - 1)) return 'false';

  let heldS = 0;
  let coveredS = 0;
  let gapS = 0;
  let before = { heldS: 0 };
  let end: 'false' | 'gap' | 'unseen' = 'unseen';
  let endAt = 0;
  const earliest = now - 2 * durationS - 300;
  const known = (second: number) => {
    const index = seen.findLastIndex(([at]) => at <= second);
    const at = seen[index]?.[0];
    if (at === undefined) return { held: undefined, covered: false };
    const gap = (seen[index + 1]?.[0] ?? now) - at;
    const covered = Math.min(gap <= 1.5 * interval ? gap : interval, stale);
    const held = second - at < stale ? meets(index) : undefined;
    return { held, covered: second - at < covered };
  };
  for (let second = now - 1; second >= now - durationS; second -= 1) {
    if (known(second).covered) coveredS += 1;
  }
  for (let second = now - 1; second >= earliest; second -= 1) {
    const { held, covered } = known(second);
    if (held === false) {
      end = 'false';
      endAt = second + 1;
      break;
    }
    if (covered) {
      gapS = 0;
    } else {
      if (gapS === 0) before = { heldS };
      gapS += 1;
      if (gapS + interval > durationS) {
        end = 'gap';
        heldS = before.heldS;
        break;
      }
    }
    if (held === true) heldS += 1;
  }
  if (heldS >= durationS) return coveredS >= 0.8 * durationS ? 'true' : 'unknown, pending';
  return end === 'false' && endAt > now - durationS ? 'false, pending' : 'unknown, pending';
}

function intervalOf(seen: readonly Sample[]): number {
  const spacings = seen
    .slice(1)
    .map(([second], index) => second - (seen[index]?.[0] ?? 0))
    .slice(-16)
    .sort((a, b) => a - b);
  return spacings[(spacings.length - 1) >> 1] ?? 10;
}

function conditionFor(durationS: number) {
  const parsed = parseCondition(`x > 50 for ${durationS}s`);
  if (!parsed.ok) throw new Error(parsed.diagnostics[0]?.message);
  return parsed.condition;
}

function feed(samples: readonly Sample[], durationS: number): SeriesStore {
  const store = new SeriesStore();
  store.require(conditionFor(durationS).metrics);
  for (const [second, value] of samples) {
    const timestamp = second * 1000;
    store.add('h1', { name: 'x', labels: {}, value, timestamp }, timestamp);
  }
  return store;
}

function judge(store: SeriesStore, durationS: number, now: number): GroupResult | undefined {
  return evaluate(conditionFor(durationS), store, now * 1000).results[0];
}

const verdict = (result: GroupResult | undefined) =>
  result === undefined ? 'none' : `${result.truth}${result.pending ? ', pending' : ''}`;

/** Mostly regular series with jitter, losses and long gaps, mostly above the limit. */
const series = fc
  .record({
    interval: fc.constantFrom(1, 5, 10, 20, 60, 150),
    steps: fc.array(
      fc.record({
        skip: fc.oneof(
          { weight: 12, arbitrary: fc.constant(1) },
          { weight: 2, arbitrary: fc.constantFrom(2, 3) },
          { weight: 1, arbitrary: fc.integer({ min: 4, max: 12 }) },
        ),
        jitter: fc.constantFrom(0, 0, 0, 1, -1),
        value: fc.oneof(
          { weight: 12, arbitrary: fc.constant(90) },
          { weight: 1, arbitrary: fc.constant(10) },
        ),
      }),
      { minLength: 1, maxLength: 40 },
    ),
  })
  .map(({ interval, steps }) => {
    let second = 0;
    const samples = new Map<number, number>();
    for (const { skip, jitter, value } of steps) {
      second += skip * interval;
      samples.set(Math.max(0, second + (interval > 2 ? jitter : 0)), value);
    }
    return [...samples];
  });

const durationS = fc.constantFrom(10, 30, 60, 120, 300);
const afterNewest = fc.integer({ min: -100, max: 70 });

const newestOf = (samples: readonly Sample[]) => Math.max(...samples.map(([second]) => second));

describe('x for a length of time', () => {
  it('is what the documentation says, second by second', () => {
    fc.assert(
      fc.property(series, durationS, afterNewest, (samples, duration, after) => {
        const now = Math.max(0, newestOf(samples) + after);
        expect(verdict(judge(feed(samples, duration), duration, now))).toBe(
          reference(samples, duration, now),
        );
      }),
      { numRuns: 1500 },
    );
  });

  it('is the same whatever the order of arrival, and repetitions change nothing', () => {
    fc.assert(
      fc.property(series, durationS, fc.gen(), (samples, duration, gen) => {
        const shuffled = gen(fc.shuffledSubarray, samples, { minLength: samples.length });
        const repeated = gen(fc.subarray, shuffled).map(
          ([at, value]) => [at, 100 - value] as const,
        );
        const now = newestOf(samples);
        const ordered = judge(feed(samples, duration), duration, now);
        expect(judge(feed([...shuffled, ...repeated], duration), duration, now)).toEqual(ordered);
      }),
    );
  });

  it('is the same when it was evaluated all along', () => {
    fc.assert(
      fc.property(series, durationS, (samples, duration) => {
        const ordered = [...samples].sort(([a], [b]) => a - b);
        const store = feed([], duration);
        for (const [index, [second, value]] of ordered.entries()) {
          const timestamp = second * 1000;
          store.add('h1', { name: 'x', labels: {}, value, timestamp }, timestamp);
          const once = feed(ordered.slice(0, index + 1), duration);
          expect(judge(store, duration, second)).toEqual(judge(once, duration, second));
        }
      }),
      { numRuns: 50 },
    );
  });

  it('is never true or false without fresh data', () => {
    fc.assert(
      fc.property(
        series,
        durationS,
        fc.integer({ min: 301, max: 5000 }),
        (samples, duration, after) => {
          const result = judge(feed(samples, duration), duration, newestOf(samples) + after);
          expect(verdict(result)).toBe('unknown');
        },
      ),
    );
  });

  it('is true only when every sample of the window is, and most of it is covered', () => {
    fc.assert(
      fc.property(
        series,
        durationS,
        fc.integer({ min: 0, max: 30 }),
        (samples, duration, after) => {
          const now = newestOf(samples) + after;
          if (judge(feed(samples, duration), duration, now)?.truth !== 'true') return;
          const inside = samples.filter(([second]) => second > now - duration && second <= now);
          expect(inside.every(([, value]) => value > 50)).toBe(true);
          expect(samples.some(([second]) => second <= now - duration)).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('judgeHold', () => {
  /** Steps of one second: T, F, U; lower case is held but not covered. */
  function judged(steps: string, duration: number) {
    const timeline = new TimelineBuilder(0, steps.length * 1000);
    const truths: Readonly<Record<string, Trit>> = { T: 2, F: 0, U: 1 };
    for (const [index, letter] of Array.from(steps).entries()) {
      const held = truths[letter.toUpperCase()] ?? 1;
      timeline.push(index * 1000, held, letter === letter.toUpperCase() ? held : 1);
    }
    const { truth, since, heldMs } = judgeHold(timeline.build(), duration * 1000, 0);
    return [['false', 'unknown', 'true'][truth], since, heldMs];
  }

  it.each([
    ['FTTTTT', 5, ['true', 1000, 5000]],
    ['FTTTT', 5, ['false', 1000, 4000]],
    ['TTTT', 5, ['unknown', 0, 4000]],
    ['TTTTTF', 5, ['false', undefined, 0]],
    ['TTTTTU', 5, ['unknown', undefined, 0]],
    ['FTTUTTT', 5, ['true', 1000, 5000]],
    ['FTTUTT', 5, ['unknown', 1000, 4000]],
    ['TTTTtTTTT', 5, ['true', 0, 8000 + 1000]],
    ['TTTTttTTT', 5, ['unknown', 0, 9000]],
    ['FUUUUUUTT', 5, ['unknown', 7000, 2000]],
    ['FTUUUUTTTT', 5, ['true', 1000, 5000]],
  ])('%s for %d s', (steps, duration, expected) => {
    expect(judged(steps, duration)).toEqual(expected);
  });
});
