import type { AggregateFunction } from '../ast.js';
import { MIN_COVERAGE } from '../hold.js';
import { coveredMs, type SeriesWindow } from '../series-window.js';
import { isFresh } from './series-signal.js';

/**
 * The aggregate of one group at a moment, or undefined when it is unknown: when any member is stale,
 * and (except for `count`, which counts what there is) when data covers less than 80 % of the range
 * of any member.
 *
 * Without a range: over the newest sample of each member. With a range: over the samples of
 * (time − range, time]. Over several members, `avg` is the mean of their averages (a series that is
 * sampled more often does not weigh more), `rate`, `delta`, `sum` and `count` add up, `p95` is taken
 * over all samples together.
 */
export function aggregateAt(
  fn: AggregateFunction,
  members: readonly SeriesWindow[],
  rangeMs: number | undefined,
  time: number,
): number | undefined {
  const parts: number[] = [];
  for (const series of members) {
    const newest = series.indexAt(time);
    if (!isFresh(series, newest, time)) return undefined;
    const first = rangeMs === undefined ? newest : series.indexAt(time - rangeMs) + 1;
    if (first > newest) return fn === 'count' ? 0 : undefined;
    if (rangeMs !== undefined && fn !== 'count' && !isCovered(series, newest, rangeMs, time)) {
      return undefined;
    }
    if (fn === 'p95') {
      for (let index = first; index <= newest; index += 1) parts.push(series.valueAt(index));
      continue;
    }
    const part = overTime(fn, series, first, newest);
    if (part === undefined) return undefined;
    parts.push(part);
  }
  return overMembers(fn, parts);
}

/** One member's share: the aggregate of its own samples, by index, both ends included. */
function overTime(
  fn: Exclude<AggregateFunction, 'p95'>,
  series: SeriesWindow,
  first: number,
  newest: number,
): number | undefined {
  const count = newest - first + 1;
  switch (fn) {
    case 'count':
      return count;
    case 'sum':
      return sumOf(series, first, newest);
    case 'avg':
      return sumOf(series, first, newest) / count;
    case 'min':
    case 'max':
      return extremeOf(fn, series, first, newest);
    case 'delta':
      return count < 2 ? undefined : series.valueAt(newest) - series.valueAt(first);
    case 'rate':
      return rateOf(series, first, newest);
  }
}

function sumOf(series: SeriesWindow, first: number, newest: number): number {
  let sum = 0;
  for (let index = first; index <= newest; index += 1) sum += series.valueAt(index);
  return sum;
}

function extremeOf(fn: 'min' | 'max', series: SeriesWindow, first: number, newest: number): number {
  let extreme = series.valueAt(first);
  for (let index = first + 1; index <= newest; index += 1) {
    const value = series.valueAt(index);
    if (fn === 'min' ? value < extreme : value > extreme) extreme = value;
  }
  return extreme;
}

/**
 * Growth per second of a counter between the first and the last sample. A counter that falls was
 * reset and has grown from 0 since, as in Prometheus; unlike there, nothing is extrapolated.
 */
function rateOf(series: SeriesWindow, first: number, newest: number): number | undefined {
  const seconds = (series.timeAt(newest) - series.timeAt(first)) / 1000;
  if (!(seconds > 0)) return undefined;
  let increase = 0;
  for (let index = first + 1; index <= newest; index += 1) {
    const value = series.valueAt(index);
    const previous = series.valueAt(index - 1);
    increase += value < previous ? value : value - previous;
  }
  return increase / seconds;
}

function overMembers(fn: AggregateFunction, parts: readonly number[]): number | undefined {
  if (parts.length === 0) return undefined;
  switch (fn) {
    case 'avg':
      return total(parts) / parts.length;
    case 'min':
      return parts.reduce((least, part) => (part < least ? part : least));
    case 'max':
      return parts.reduce((most, part) => (part > most ? part : most));
    case 'p95':
      return quantile(parts, 0.95);
    case 'sum':
    case 'count':
    case 'rate':
    case 'delta':
      return total(parts);
  }
}

function total(parts: readonly number[]): number {
  return parts.reduce((sum, part) => sum + part, 0);
}

/** The φ-quantile with linear interpolation between ranks, as `quantile_over_time` of Prometheus. */
function quantile(values: readonly number[], phi: number): number {
  const sorted = Float64Array.from(values).sort();
  const rank = phi * (sorted.length - 1);
  const below = sorted[Math.floor(rank)] ?? NaN;
  const above = sorted[Math.ceil(rank)] ?? NaN;
  return below + (above - below) * (rank - Math.floor(rank));
}

function isCovered(series: SeriesWindow, newest: number, rangeMs: number, time: number): boolean {
  return coverageOf(series, newest, rangeMs, time) >= MIN_COVERAGE;
}

/** Share of (time − range, time] that samples up to this index cover. */
export function coverageOf(
  series: SeriesWindow,
  newest: number,
  rangeMs: number,
  time: number,
): number {
  const from = time - rangeMs;
  const interval = series.intervalMs(newest);
  const { times } = series.packed(0, newest);
  let missing = 0;
  let following = time;
  for (let index = newest; index >= 0 && following > from; index -= 1) {
    const start = times[index] ?? NaN;
    const covered = coveredMs(following - start, interval);
    if (start + covered < following) missing += following - Math.max(start + covered, from);
    following = start;
  }
  if (following > from) missing += following - from;
  return (rangeMs - missing) / rangeMs;
}
