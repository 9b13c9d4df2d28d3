import fc from 'fast-check';
import { coveredMs, latenessBoundMs, SeriesWindow, staleAfterMs } from './series-window.js';

const KEEP_ALL = { retentionMs: 1e12, minSamples: 17, maxSamples: 1e6 };

function windowOf(samples: readonly (readonly [number, number])[], retention = KEEP_ALL) {
  const window = new SeriesWindow('m', 's', { source: 's' }, 'k', 0);
  for (const [time, value] of samples) window.add(time, value, retention);
  return window;
}

function contents(window: SeriesWindow): readonly (readonly [number, number])[] {
  return Array.from(
    { length: window.count },
    (_, index) => [window.timeAt(index), window.valueAt(index)] as const,
  );
}

const sample = fc.tuple(fc.integer({ min: 0, max: 200 }), fc.integer());

describe('SeriesWindow', () => {
  it('keeps samples in the order of their times, the first of each', () => {
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 200 }), (samples) => {
        const first = new Map<number, number>();
        for (const [time, value] of samples) if (!first.has(time)) first.set(time, value);
        const expected = [...first].sort(([a], [b]) => a - b);
        expect(contents(windowOf(samples))).toEqual(expected);
      }),
    );
  });

  it('keeps the same whatever the order of arrival, also when it forgets', () => {
    const unique = fc.uniqueArray(sample, { maxLength: 120, selector: ([time]) => time });
    const retention = fc.record({
      retentionMs: fc.integer({ min: 0, max: 100 }),
      minSamples: fc.integer({ min: 1, max: 20 }),
      maxSamples: fc.integer({ min: 20, max: 60 }),
    });
    fc.assert(
      fc.property(unique, retention, fc.gen(), (samples, keep, gen) => {
        const shuffled = gen(fc.shuffledSubarray, samples, { minLength: samples.length });
        expect(contents(windowOf(shuffled, keep))).toEqual(contents(windowOf(samples, keep)));
      }),
    );
  });

  it('finds the newest sample that is not after a time', () => {
    fc.assert(
      fc.property(fc.array(sample), fc.integer({ min: -1, max: 201 }), (samples, time) => {
        const window = windowOf(samples);
        const expected = contents(window).findLastIndex(([at]) => at <= time);
        expect(window.indexAt(time)).toBe(expected);
      }),
    );
  });

  it('forgets what is too old, but never the newest few', () => {
    const keep = { retentionMs: 50, minSamples: 3, maxSamples: 10 };
    const slow = windowOf(
      [0, 100, 200, 300].map((time) => [time, 1] as const),
      keep,
    );
    expect(contents(slow).map(([time]) => time)).toEqual([100, 200, 300]);
    expect(slow.add(50, 1, keep)).toBe('too-old');
    const fast = windowOf(
      Array.from({ length: 40 }, (_, n) => [n, 1] as const),
      keep,
    );
    expect(fast.count).toBe(10);
  });

  it('says what became of a sample', () => {
    const window = windowOf([[10, 1]]);
    expect(window.add(10, 2, KEEP_ALL)).toBe('duplicate');
    expect(window.add(5, 2, KEEP_ALL)).toBe('added');
    window.restart(20);
    expect(window.count).toBe(0);
    expect(window.add(19, 2, KEEP_ALL)).toBe('too-old');
    expect(window.add(20, 2, KEEP_ALL)).toBe('added');
  });

  it('estimates the interval as the median of the newest spacings', () => {
    const every = (...times: number[]) => windowOf(times.map((time) => [time, 1] as const));
    expect(every(0).intervalMs(0)).toBe(10_000);
    expect(every(0, 30).intervalMs(1)).toBe(30);
    expect(every(0, 10, 20, 50, 60).intervalMs(4)).toBe(10);
    // Two middles: the lower one.
    expect(every(0, 10, 30).intervalMs(2)).toBe(10);
    const changed = every(
      ...Array.from({ length: 20 }, (_, n) => n * 60),
      ...Array.from({ length: 17 }, (_, n) => 1200 + n * 5),
    );
    expect(changed.intervalMs(36)).toBe(5);
    expect(changed.intervalMs(19)).toBe(60);
  });

  it('recognises its labels in any order', () => {
    const window = new SeriesWindow('m', 's', { a: '1', b: '2', source: 's' }, 'k', 0);
    expect(window.hasLabels({ b: '2', a: '1' })).toBe(true);
    expect(window.hasLabels({ b: '2', a: '1', source: 'forged' })).toBe(true);
    expect(window.hasLabels({ a: '1' })).toBe(false);
    expect(window.hasLabels({ a: '1', b: '3' })).toBe(false);
    expect(window.hasLabels({ a: '1', b: '2', c: '' })).toBe(false);
  });
});

describe('the limits of a series', () => {
  it.each([
    [1_000, 30_000, 30_000],
    [10_000, 30_000, 30_000],
    [20_000, 60_000, 60_000],
    [60_000, 180_000, 180_000],
    [600_000, 300_000, 1_800_000],
  ])('with an interval of %d ms: stale after %d, late after %d', (interval, stale, late) => {
    expect(staleAfterMs(interval)).toBe(stale);
    expect(latenessBoundMs(interval)).toBe(late);
  });

  it.each([
    [10_000, 10_000, 10_000],
    [15_000, 10_000, 15_000],
    [15_001, 10_000, 10_000],
    [600_000, 600_000, 300_000],
  ])('a gap of %d at an interval of %d is covered for %d', (gap, interval, covered) => {
    expect(coveredMs(gap, interval)).toBe(covered);
  });
});
