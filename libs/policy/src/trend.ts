import type { KendallTotals } from './kendall-counts.js';

/** A series is thinned to this many points; more do not make a trend clearer, only slower. */
export const MAX_TREND_POINTS = 120;
/** Fewer points than this are no trend, whatever they do. */
export const MIN_TREND_POINTS = 10;
/** Highest one-sided probability of a chance result that counts as significant. */
export const TREND_ALPHA = 0.01;
/** The standard normal quantile of 1 − {@link TREND_ALPHA}. */
const CRITICAL_Z = 2.326;

/** Points as plain or as packed numbers. */
export type Numbers = readonly number[] | Float64Array;

/** How clearly values rise or fall. */
export interface TrendVerdict {
  readonly direction: 'increasing' | 'decreasing' | 'none';
  /** Mann-Kendall statistic in standard deviations; positive while rising. */
  readonly z: number;
  /** Theil–Sen slope in units of the value per millisecond; 0 when it was not needed. */
  readonly slope: number;
}

/**
 * The Mann-Kendall test (Mann 1945, Kendall 1975; variance corrected for ties, normal approximation
 * with continuity correction) for whether values rise or fall at all, at α = 0.01 one-sided, and the
 * Theil–Sen estimator (Sen 1968) for how fast. A single step is significant to the test although
 * nothing rises before and after it; so the medians of the three thirds have to go the same way too.
 * Points are in the order of their times; `totals` are those of the values, when they are known.
 */
export function judgeTrend(times: Numbers, values: Numbers, totals?: KendallTotals): TrendVerdict {
  if (values.length < MIN_TREND_POINTS) return { direction: 'none', z: 0, slope: 0 };
  const z = totals === undefined ? mannKendallZ(values) : standardised(totals);
  if (Math.abs(z) < CRITICAL_Z) return { direction: 'none', z, slope: 0 };
  const slope = theilSenSlope(times, values);
  if (slope * z <= 0 || !goesAllTheWay(values, Math.sign(z)))
    return { direction: 'none', z, slope };
  return { direction: slope > 0 ? 'increasing' : 'decreasing', z, slope };
}

/** Both middles are compared: a step in the middle of a third must not hide in their mean. */
function goesAllTheWay(values: Numbers, sign: number): boolean {
  const third = values.length / 3;
  const thirds = [0, 1, 2].map((part) =>
    Float64Array.from(
      values.slice(Math.round(part * third), Math.round((part + 1) * third)),
    ).sort(),
  );
  const lower = thirds.map((sorted) => sorted[(sorted.length - 1) >> 1] ?? NaN);
  const upper = thirds.map((sorted) => sorted[sorted.length >> 1] ?? NaN);
  return [lower, upper].every(([first = NaN, second = NaN, last = NaN]) => {
    return Math.sign(second - first) === sign && Math.sign(last - second) === sign;
  });
}

export function mannKendallZ(values: Numbers): number {
  const n = values.length;
  let s = 0;
  for (let i = 0; i < n; i += 1) {
    const earlier = values[i] ?? 0;
    for (let j = i + 1; j < n; j += 1) s += Math.sign((values[j] ?? 0) - earlier);
  }
  let ties = 0;
  for (const tied of tieSizes(values)) ties += tied * (tied - 1) * (2 * tied + 5);
  return standardised({ count: n, s, ties });
}

function standardised({ count, s, ties }: KendallTotals): number {
  const variance = count * (count - 1) * (2 * count + 5) - ties;
  if (s === 0 || variance <= 0) return 0;
  return (s - Math.sign(s)) / Math.sqrt(variance / 18);
}

/** The median of the slopes between all pairs of points. */
export function theilSenSlope(times: Numbers, values: Numbers): number {
  const slopes: number[] = [];
  for (let i = 0; i < values.length; i += 1) {
    for (let j = i + 1; j < values.length; j += 1) {
      const span = (times[j] ?? 0) - (times[i] ?? 0);
      if (span > 0) slopes.push(((values[j] ?? 0) - (values[i] ?? 0)) / span);
    }
  }
  const sorted = Float64Array.from(slopes).sort();
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

function tieSizes(values: Numbers): Iterable<number> {
  const sizes = new Map<number, number>();
  for (const value of values) sizes.set(value, (sizes.get(value) ?? 0) + 1);
  return sizes.values();
}
