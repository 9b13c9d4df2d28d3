import type { SeriesWindow } from './series-window.js';
import { coveredMs } from './series-window.js';
import { UNKNOWN, type Trit } from './truth.js';

/**
 * How a truth went from `from` to `end`, as steps. Each step has two readings:
 * - `held`: a sample speaks until its series is stale. This decides what is true now.
 * - `strict`: a sample speaks only for its own interval, so that time for which a sample is missing is
 *   unknown although the series is not stale yet. This measures coverage.
 * `strict` equals `held` or is unknown.
 */
export interface Timeline {
  /** Start of each step; the first one is `from`, each lasts until the next or `end`. */
  readonly starts: readonly number[];
  readonly held: readonly Trit[];
  readonly strict: readonly Trit[];
  readonly end: number;
}

/** Collects steps in order; steps that say the same are joined. */
export class TimelineBuilder {
  private readonly starts: number[] = [];
  private readonly held: Trit[] = [];
  private readonly strict: Trit[] = [];

  constructor(
    private readonly from: number,
    private readonly end: number,
  ) {
    this.starts.push(from);
    this.held.push(UNKNOWN);
    this.strict.push(UNKNOWN);
  }

  /** From `start` on it is so. A start before the timeline counts as its beginning. */
  push(start: number, held: Trit, strict: Trit): void {
    const last = this.starts.length - 1;
    if (start > this.end || this.says(last, held, strict)) return;
    const at = Math.max(start, this.from);
    if ((this.starts[last] ?? Number.NEGATIVE_INFINITY) < at) {
      this.starts.push(at);
      this.held.push(held);
      this.strict.push(strict);
    } else if (this.says(last - 1, held, strict)) {
      // A step of no length is replaced by the one that begins at the same moment …
      this.starts.pop();
      this.held.pop();
      this.strict.pop();
    } else {
      // … which may say the same as the step before it.
      this.held[last] = held;
      this.strict[last] = strict;
    }
  }

  build(): Timeline {
    return { starts: this.starts, held: this.held, strict: this.strict, end: this.end };
  }

  private says(step: number, held: Trit, strict: Trit): boolean {
    return this.held[step] === held && this.strict[step] === strict;
  }
}

/** How a judgement of a series' values went; `judge` gets the index of a sample. */
export function seriesTimeline(
  series: SeriesWindow,
  from: number,
  end: number,
  judge: (index: number) => Trit,
): Timeline {
  const timeline = new TimelineBuilder(from, end);
  const newest = series.indexAt(end);
  if (newest < 0) return timeline.build();
  const interval = series.intervalMs(newest);
  const stale = series.staleAfterMs(newest);
  const first = Math.max(0, series.indexAt(from));
  let next = series.timeAt(first);
  for (let index = first; index <= newest; index += 1) {
    const time = next;
    next = index < newest ? series.timeAt(index + 1) : end;
    const gap = next - time;
    const covered = coveredMs(gap, interval);
    const truth = judge(index);
    timeline.push(time, truth, truth);
    if (covered < gap) timeline.push(time + covered, truth, UNKNOWN);
    if (stale < gap) timeline.push(time + stale, UNKNOWN, UNKNOWN);
  }
  return timeline.build();
}

/**
 * Joins two timelines of the same stretch of time, moment by moment. Where the strict readings lead
 * elsewhere than the held ones, the strict result is unknown.
 */
export function combineTimelines(
  a: Timeline,
  b: Timeline,
  combine: (a: Trit, b: Trit) => Trit,
): Timeline {
  const timeline = new TimelineBuilder(a.starts[0] ?? a.end, a.end);
  let i = 0;
  let j = 0;
  while (i < a.starts.length && j < b.starts.length) {
    const start = Math.max(a.starts[i] ?? 0, b.starts[j] ?? 0);
    const held = combine(a.held[i] ?? UNKNOWN, b.held[j] ?? UNKNOWN);
    const strict = combine(a.strict[i] ?? UNKNOWN, b.strict[j] ?? UNKNOWN);
    timeline.push(start, held, strict === held ? strict : UNKNOWN);
    const nextA = a.starts[i + 1] ?? Number.POSITIVE_INFINITY;
    const nextB = b.starts[j + 1] ?? Number.POSITIVE_INFINITY;
    if (nextA <= nextB) i += 1;
    if (nextB <= nextA) j += 1;
  }
  return timeline.build();
}

/** Changes every reading of a timeline. */
export function mapTimeline(timeline: Timeline, change: (truth: Trit) => Trit): Timeline {
  return { ...timeline, held: timeline.held.map(change), strict: timeline.strict.map(change) };
}

/** The timeline that says the same all the time. */
export function constantTimeline(from: number, end: number, truth: Trit): Timeline {
  return { starts: [from], held: [truth], strict: [truth], end };
}
