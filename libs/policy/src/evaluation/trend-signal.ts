import type { Trend } from '../ast.js';
import { formatDuration } from '../duration.js';
import { MIN_COVERAGE } from '../hold.js';
import { KendallCounts } from '../kendall-counts.js';
import type { Labels } from '../labels.js';
import type { SeriesWindow } from '../series-window.js';
import { constantTimeline, type Timeline } from '../timeline.js';
import { judgeTrend, MAX_TREND_POINTS, type TrendVerdict } from '../trend.js';
import { TRUE, tritOf, UNKNOWN, type Trit } from '../truth.js';
import { coverageOf } from './aggregate.js';
import type { Selection } from './selection.js';
import { isFresh, staleReason } from './series-signal.js';
import {
  evidenceAt,
  formatNumber,
  type Evaluable,
  type Evidence,
  type Scope,
  type Signal,
} from './signal.js';

/** `metric increasing for 30m`: the window is the trend's own. */
export class TrendCondition implements Evaluable {
  /** What the last evaluation counted: most of a window is the same the next time. */
  private readonly counts = new WeakMap<SeriesWindow, KendallCounts>();

  constructor(
    private readonly trend: Trend,
    private readonly selection: Selection,
  ) {}

  signals(scope: Scope): readonly Signal[] {
    return this.selection
      .in(scope)
      .map((series) => new TrendSignal(series, this.trend, this.countsOf(series), scope.now));
  }

  private countsOf(series: SeriesWindow): KendallCounts {
    let counts = this.counts.get(series);
    if (counts === undefined) {
      counts = new KendallCounts();
      this.counts.set(series, counts);
    }
    return counts;
  }

  whenEmpty(scope: Scope, labels: Labels): Trit {
    return this.selection.whenEmpty(scope, labels);
  }
}

/**
 * The trend of one series over (now − window, now]. Unknown while the series is stale or data covers
 * less than 80 % of the window or does not reach back to its beginning; false when the trend is not significant or goes the other way.
 */
class TrendSignal implements Signal {
  readonly truth: Trit;
  private readonly verdict: TrendVerdict | undefined;
  private readonly newest: number;

  constructor(
    private readonly series: SeriesWindow,
    private readonly trend: Trend,
    counts: KendallCounts,
    private readonly now: number,
  ) {
    this.newest = series.indexAt(now);
    const known =
      isFresh(series, this.newest, now) &&
      reachesBack(series, this.newest, now - trend.windowMs) &&
      coverageOf(series, this.newest, trend.windowMs, now) >= MIN_COVERAGE;
    if (!known) {
      this.truth = UNKNOWN;
      return;
    }
    const { times, values } = pointsOf(series, this.newest, trend.windowMs, now);
    this.verdict = judgeTrend(times, values, counts.follow(times, values));
    this.truth = tritOf(this.verdict.direction === trend.direction);
  }

  get key(): string {
    return this.series.key;
  }

  get labels(): Labels {
    return this.series.labels;
  }

  get body(): Trit {
    return this.truth;
  }

  /** The slope per hour; undefined while nothing is significant. */
  get value(): number | undefined {
    if (this.verdict === undefined || this.verdict.direction === 'none') return undefined;
    return this.verdict.slope * 3_600_000;
  }

  get since(): number | undefined {
    if (this.truth !== TRUE) return undefined;
    return this.series.timeAt(this.series.indexAt(this.now - this.trend.windowMs) + 1);
  }

  get intervalMs(): number {
    return this.series.intervalMs(this.newest);
  }

  /** The first, the middle and the last sample of the window. */
  evidence(): readonly Evidence[] {
    const first = Math.min(this.newest, this.series.indexAt(this.now - this.trend.windowMs) + 1);
    const indexes = new Set([first, Math.floor((first + this.newest) / 2), this.newest]);
    return [...indexes].flatMap((index) => evidenceAt(this.series, index));
  }

  reason(): string {
    const { metric } = this.series;
    const window = formatDuration(this.trend.windowMs);
    if (!isFresh(this.series, this.newest, this.now)) {
      return staleReason(this.series, metric, this.now);
    }
    if (this.verdict === undefined) {
      return `${metric}: data does not reach back ${window}, or covers less than 80% of it`;
    }
    const { direction, z } = this.verdict;
    if (this.value === undefined) {
      return `${metric} has no clear trend over ${window} (z = ${formatNumber(z)})`;
    }
    const slope = formatNumber(this.value);
    return `${metric} is ${direction} over ${window}: ${slope} per hour (z = ${formatNumber(z)})`;
  }

  /** Nothing may stand around a trend that asks for its history; the checker sees to that. */
  history(from: number): Timeline {
    return constantTimeline(from, this.now, UNKNOWN);
  }
}

/** A trend is one of the whole window: there has to be data from its beginning on. */
function reachesBack(series: SeriesWindow, newest: number, from: number): boolean {
  return series.timeAt(0) <= from + series.intervalMs(newest);
}

/**
 * The samples of the window; when there are too many, the means of equal slots of time instead. Slots
 * are aligned to multiples of their size, so that they do not shift with every sample.
 */
function pointsOf(series: SeriesWindow, newest: number, windowMs: number, now: number): Points {
  const first = series.indexAt(now - windowMs) + 1;
  const count = newest - first + 1;
  const packed = series.packed(first, newest);
  if (count <= MAX_TREND_POINTS) return packed;
  const slotMs = windowMs / (MAX_TREND_POINTS - 1);
  let points = 0;
  let slot = Math.floor((packed.times[0] ?? 0) / slotMs);
  let inSlot = 0;
  let times = 0;
  let values = 0;
  for (let at = 0; at < count; at += 1) {
    const time = packed.times[at] ?? 0;
    const current = Math.floor(time / slotMs);
    if (current !== slot) {
      scratch.times[points] = times / inSlot;
      scratch.values[points] = values / inSlot;
      points += 1;
      slot = current;
      inSlot = times = values = 0;
    }
    inSlot += 1;
    times += time;
    values += packed.values[at] ?? 0;
  }
  scratch.times[points] = times / inSlot;
  scratch.values[points] = values / inSlot;
  return scratched(points + 1);
}

/** The points of the window that is judged now; a window may touch one slot more than it is long. */
const scratch = {
  times: new Float64Array(MAX_TREND_POINTS + 1),
  values: new Float64Array(MAX_TREND_POINTS + 1),
};

function scratched(count: number): Points {
  return { times: scratch.times.subarray(0, count), values: scratch.values.subarray(0, count) };
}

interface Points {
  readonly times: Float64Array;
  readonly values: Float64Array;
}
