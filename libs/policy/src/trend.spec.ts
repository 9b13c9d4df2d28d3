import fc from 'fast-check';
import { judgeTrend, mannKendallZ, theilSenSlope } from './trend.js';

const times = (count: number) => Array.from({ length: count }, (_, n) => n * 1000);

describe('the Mann-Kendall test', () => {
  it.each([
    // S = 45, variance = 10·9·25/18 = 125: z = 44/√125
    ['ten values that rise', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 3.9355],
    ['ten values that fall', [10, 9, 8, 7, 6, 5, 4, 3, 2, 1], -3.9355],
    // S = 40, ties of 2 five times: variance = (2250 − 5·18)/18 = 120: z = 39/√120
    ['ten values with ties', [1, 1, 2, 2, 3, 3, 4, 4, 5, 5], 3.5602],
    ['values that are all the same', [7, 7, 7, 7], 0],
    ['nothing', [], 0],
  ])('of %s', (_name, values, z) => {
    expect(mannKendallZ(values)).toBeCloseTo(z, 3);
  });
});

describe('the Theil–Sen slope', () => {
  it('is the median of all slopes, so that one wild value does not move it', () => {
    const values = [0, 2, 4, 600, 8, 10];
    expect(theilSenSlope(times(6), values)).toBeCloseTo(0.002, 6);
  });

  it('takes the middle of two middles', () => {
    expect(theilSenSlope([0, 1, 3], [0, 1, 1])).toBeCloseTo(1 / 3, 9);
    expect(theilSenSlope([0, 1, 2, 3], [0, 3, 1, 5])).toBeCloseTo(4 / 3, 9);
  });
});

describe('judgeTrend', () => {
  it('needs ten points', () => {
    const rising = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    expect(judgeTrend(times(9), rising).direction).toBe('none');
    expect(judgeTrend(times(10), [...rising, 10]).direction).toBe('increasing');
  });

  it.each([20, 30, 40, 50])('takes a step after %d of 60 for no trend', (at) => {
    const values = times(60).map((_, n) => (n < at ? 50 : 60));
    expect(judgeTrend(times(60), values).direction).toBe('none');
  });

  it('is turned around by turning the values around', () => {
    const opposite = { increasing: 'decreasing', decreasing: 'increasing', none: 'none' };
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { maxLength: 40 }), (values) => {
        const up = judgeTrend(times(values.length), values);
        const down = judgeTrend(
          times(values.length),
          values.map((value) => -value),
        );
        expect(down.direction).toBe(opposite[up.direction]);
      }),
    );
  });

  it('is rarely led astray by chance', () => {
    // α = 0.01 for each direction: about 2 of 100 shuffled windows may pass the test, not many more.
    const shuffled = fc.sample(fc.shuffledSubarray([...times(60)], { minLength: 60 }), {
      numRuns: 500,
      seed: 7,
    });
    const trends = shuffled.filter((values) => judgeTrend(times(60), values).direction !== 'none');
    expect(trends.length).toBeLessThanOrEqual(15);
  });
});
