import type { Labels } from './labels.js';

/** The spacing that is assumed while a series has a single sample: the agent's default. */
export const DEFAULT_INTERVAL_MS = 10_000;
/** A series is stale after this many missed intervals … */
const STALE_INTERVALS = 3;
/** … but not before, */
export const MIN_STALE_MS = 30_000;
/** … and not after. */
export const MAX_STALE_MS = 300_000;
/** A gap up to this many intervals is jitter; in a longer one a sample is missing. */
const JITTER = 1.5;
/** How many of the newest spacings the interval is the median of. */
const SPACINGS = 16;
/** Samples that are kept whatever their age, so that slow series have an interval too. */
export const MIN_SAMPLES = SPACINGS + 1;

/** How much of a series is kept: a length of time, at least so many samples, at most so many. */
export interface Retention {
  readonly retentionMs: number;
  readonly minSamples: number;
  readonly maxSamples: number;
}

const scratch = new Float64Array(SPACINGS);

/**
 * The newest samples of one series in the order of their timestamps: two flat arrays that slide and
 * grow, so that an append costs O(1) amortised and a scan touches memory in order. Samples may arrive
 * out of order; the first one of a timestamp counts.
 */
export class SeriesWindow {
  /** True once the store has dropped the series. */
  ended = false;

  /** Without `source`. */
  private readonly labelCount: number;
  private times = new Float64Array(2 * MIN_SAMPLES);
  private values = new Float64Array(2 * MIN_SAMPLES);
  private start = 0;
  private end = 0;
  private floor = Number.NEGATIVE_INFINITY;
  private intervalAt = -1;
  private interval = DEFAULT_INTERVAL_MS;

  constructor(
    readonly metric: string,
    readonly source: string,
    /** With the label `source`, in the order of their names. */
    readonly labels: Labels,
    /** The same for the same labels. */
    readonly key: string,
    /** When the store first heard of the series, Unix ms of the receiver. */
    readonly createdAt: number,
  ) {
    this.labelCount = Object.keys(labels).length - 1;
  }

  /** True when these are the labels that the source reports the series with. */
  hasLabels(labels: Labels): boolean {
    let same = 0;
    for (const name in labels) {
      if (name === 'source') continue;
      if (labels[name] !== this.labels[name]) return false;
      same += 1;
    }
    return same === this.labelCount;
  }

  get count(): number {
    return this.end - this.start;
  }

  /** Timestamp of the sample at an index from 0 (oldest); NaN outside. */
  timeAt(index: number): number {
    return index >= 0 && index < this.count ? (this.times[this.start + index] ?? NaN) : NaN;
  }

  /** Value of the sample at an index from 0 (oldest); NaN outside. */
  valueAt(index: number): number {
    return index >= 0 && index < this.count ? (this.values[this.start + index] ?? NaN) : NaN;
  }

  /** Timestamps and values from one index to another, both included: to be read before the next sample. */
  packed(
    first: number,
    last: number,
  ): { readonly times: Float64Array; readonly values: Float64Array } {
    const [from, to] = [this.start + Math.max(0, first), this.start + last + 1];
    return { times: this.times.subarray(from, to), values: this.values.subarray(from, to) };
  }

  /** Index of the newest sample that is not after `time`; −1 when there is none. */
  indexAt(time: number): number {
    let high = this.count - 1;
    if (high < 0 || this.timeAt(high) <= time) return high;
    let low = -1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.timeAt(middle) <= time) low = middle;
      else high = middle;
    }
    return low;
  }

  /** Puts a sample in its place by timestamp. A timestamp that is there already changes nothing. */
  add(time: number, value: number, retention: Retention): 'added' | 'duplicate' | 'too-old' {
    if (time < this.floor) return 'too-old';
    const before = this.indexAt(time);
    if (this.timeAt(before) === time) return 'duplicate';
    if (before === -1 && this.count > 0 && this.isBeyond(time, retention)) return 'too-old';
    this.makeRoom();
    const at = this.start + before + 1;
    if (at < this.end) {
      this.times.copyWithin(at + 1, at, this.end);
      this.values.copyWithin(at + 1, at, this.end);
    }
    this.times[at] = time;
    this.values[at] = value;
    this.end += 1;
    this.intervalAt = -1;
    this.evict(retention);
    return 'added';
  }

  /** Forgets what is before `time`, now and when it arrives later: an action began a new window. */
  restart(time: number): void {
    this.floor = Math.max(this.floor, time);
    while (this.count > 0 && this.timeAt(0) < this.floor) this.start += 1;
    this.intervalAt = -1;
  }

  /** Median spacing of the newest samples up to this index, in ms; the lower one of two middles. */
  intervalMs(newest: number): number {
    if (this.intervalAt === newest) return this.interval;
    const count = Math.min(SPACINGS, newest);
    if (count < 1) return DEFAULT_INTERVAL_MS;
    for (let taken = 0; taken < count; taken += 1) {
      const at = this.start + newest - taken;
      const spacing = (this.times[at] ?? 0) - (this.times[at - 1] ?? 0);
      let place = taken;
      for (; place > 0 && (scratch[place - 1] ?? 0) > spacing; place -= 1) {
        scratch[place] = scratch[place - 1] ?? 0;
      }
      scratch[place] = spacing;
    }
    this.interval = scratch[(count - 1) >> 1] ?? DEFAULT_INTERVAL_MS;
    this.intervalAt = newest;
    return this.interval;
  }

  /** How long the sample at this index speaks for the series when no other follows, in ms. */
  staleAfterMs(newest: number): number {
    return staleAfterMs(this.intervalMs(newest));
  }

  private isBeyond(time: number, { retentionMs, minSamples }: Retention): boolean {
    return this.count >= minSamples && time < this.timeAt(this.count - 1) - retentionMs;
  }

  private evict({ retentionMs, minSamples, maxSamples }: Retention): void {
    const horizon = (this.times[this.end - 1] ?? 0) - retentionMs;
    while (this.count > minSamples && (this.times[this.start] ?? 0) < horizon) this.start += 1;
    while (this.count > maxSamples) this.start += 1;
  }

  private makeRoom(): void {
    if (this.end < this.times.length) return;
    const count = this.count;
    if (this.start > this.times.length / 2) {
      this.times.copyWithin(0, this.start, this.end);
      this.values.copyWithin(0, this.start, this.end);
    } else {
      this.times = grown(this.times, this.start, this.end);
      this.values = grown(this.values, this.start, this.end);
    }
    this.start = 0;
    this.end = count;
  }
}

/** How long a sample speaks for a series of this interval: 3 intervals, at least 30 s, at most 5 min. */
export function staleAfterMs(intervalMs: number): number {
  return Math.min(MAX_STALE_MS, Math.max(MIN_STALE_MS, STALE_INTERVALS * intervalMs));
}

/** How late a sample of this interval may arrive and still act: 3 intervals, at least 30 s. */
export function latenessBoundMs(intervalMs: number): number {
  return Math.max(MIN_STALE_MS, STALE_INTERVALS * intervalMs);
}

/**
 * How much of the time between a sample and the next one (or now) is covered by data. All of it while
 * the gap is jitter; one interval when a sample is missing; never more than until the series is stale.
 */
export function coveredMs(gapMs: number, intervalMs: number): number {
  const covered = gapMs <= JITTER * intervalMs ? gapMs : intervalMs;
  return Math.min(covered, staleAfterMs(intervalMs));
}

function grown(array: Float64Array, start: number, end: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(Math.max(16, 2 * (end - start)));
  larger.set(array.subarray(start, end));
  return larger;
}
