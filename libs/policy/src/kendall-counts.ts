import type { Numbers } from './trend.js';

/** The Mann-Kendall statistic S of a list of values, and what ties in it take from its variance. */
export interface KendallTotals {
  readonly count: number;
  /** Pairs that rise minus pairs that fall. */
  readonly s: number;
  /** Sum of t (t − 1) (2 t + 5) over every group of t equal values. */
  readonly ties: number;
}

/** Above this share of new points it is cheaper to count anew. */
const MAX_CHANGED_SHARE = 1 / 4;

/**
 * Keeps the counts of a window of points that slides: a point that comes or goes at one of the ends is
 * compared with the others once, which is O(n), where counting anew compares every pair. All counts are
 * whole numbers, so that they are the same as when they were counted anew.
 */
export class KendallCounts {
  private times = new Float64Array(32);
  private values = new Float64Array(32);
  private start = 16;
  private end = 16;
  private s = 0;
  private ties = 0;

  /** Makes these the points, in the order of their times; a time and its value identify a point. */
  follow(times: Numbers, values: Numbers): KendallTotals {
    const kept = this.commonRun(times, values);
    if (kept === undefined) this.countAnew(times, values);
    else this.slide(times, values, kept);
    return { count: this.end - this.start, s: this.s, ties: this.ties };
  }

  /**
   * The stretch of the points so far that is a stretch of the next ones too. It is looked for from the
   * second of the next ones on: the first one may be what is left of a slot.
   */
  private commonRun(times: Numbers, values: Numbers): Run | undefined {
    const second = times[1];
    if (second === undefined) return undefined;
    const limit = Math.max(1, Math.floor(times.length * MAX_CHANGED_SHARE));
    let old = this.start;
    while (old < this.end && (this.times[old] ?? 0) < second) old += 1;
    if (old - this.start > limit) return undefined;
    let length = 0;
    while (
      old + length < this.end &&
      this.times[old + length] === times[1 + length] &&
      this.values[old + length] === values[1 + length]
    ) {
      length += 1;
    }
    return times.length - length > limit ? undefined : { old, length };
  }

  private slide(times: Numbers, values: Numbers, { old, length }: Run): void {
    while (this.start < old) this.dropFirst();
    while (this.end > old + length) this.dropLast();
    this.makeRoom(times.length);
    this.prepend(times[0] ?? 0, values[0] ?? 0);
    for (let next = 1 + length; next < times.length; next += 1) {
      this.append(times[next] ?? 0, values[next] ?? 0);
    }
  }

  private countAnew(times: Numbers, values: Numbers): void {
    this.start = this.end = 0;
    this.s = this.ties = 0;
    this.makeRoom(times.length);
    for (let next = 0; next < times.length; next += 1) {
      this.append(times[next] ?? 0, values[next] ?? 0);
    }
  }

  private append(time: number, value: number): void {
    this.s -= this.compare(value);
    this.ties += tieGain(this.equals);
    this.times[this.end] = time;
    this.values[this.end] = value;
    this.end += 1;
  }

  private prepend(time: number, value: number): void {
    this.s += this.compare(value);
    this.ties += tieGain(this.equals);
    this.start -= 1;
    this.times[this.start] = time;
    this.values[this.start] = value;
  }

  private dropFirst(): void {
    const value = this.values[this.start] ?? 0;
    this.start += 1;
    this.s -= this.compare(value);
    this.ties -= tieGain(this.equals);
  }

  private dropLast(): void {
    this.end -= 1;
    const value = this.values[this.end] ?? 0;
    this.s += this.compare(value);
    this.ties -= tieGain(this.equals);
  }

  /** How many of the values were equal to the one that was compared last. */
  private equals = 0;

  /** How many of the values are greater, minus how many are smaller. */
  private compare(value: number): number {
    const { values, start, end } = this;
    let greater = 0;
    let smaller = 0;
    for (let at = start; at < end; at += 1) {
      const other = values[at] ?? 0;
      if (other > value) greater += 1;
      else if (other < value) smaller += 1;
    }
    this.equals = end - start - greater - smaller;
    return greater - smaller;
  }

  /** Space for one before the points, and for as many more as there may be. */
  private makeRoom(count: number): void {
    if (this.start > 0 && this.end + count <= this.values.length) return;
    const size = Math.max(32, 4 * count);
    const [times, values] = [new Float64Array(size), new Float64Array(size)];
    const start = count;
    times.set(this.times.subarray(this.start, this.end), start);
    values.set(this.values.subarray(this.start, this.end), start);
    this.end = start + (this.end - this.start);
    this.start = start;
    this.times = times;
    this.values = values;
  }
}

interface Run {
  /** Where it begins among the points so far. */
  readonly old: number;
  readonly length: number;
}

/** What one more value adds to a group of `t` equal ones: t (t − 1) (2 t + 5), one step further. */
function tieGain(t: number): number {
  return (t + 1) * t * (2 * t + 7) - t * (t - 1) * (2 * t + 5);
}
