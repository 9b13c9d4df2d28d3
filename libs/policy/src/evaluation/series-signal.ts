import { formatDuration } from '../duration.js';
import type { Labels } from '../labels.js';
import type { SeriesWindow } from '../series-window.js';
import { seriesTimeline, type Timeline } from '../timeline.js';
import { TRUE, tritOf, UNKNOWN, type Trit } from '../truth.js';
import type { Predicate } from './predicate.js';
import type { Selection } from './selection.js';
import { evidenceAt, type Evaluable, type Evidence, type Scope, type Signal } from './signal.js';

/** A predicate on every series of a selection, by its newest sample. */
export class SeriesComparison implements Evaluable {
  constructor(
    readonly selection: Selection,
    readonly predicate: Predicate,
  ) {}

  signals(scope: Scope): readonly SeriesSignal[] {
    return this.selection
      .in(scope)
      .map((series) => new SeriesSignal(series, this.predicate, scope.now));
  }

  whenEmpty(scope: Scope, labels: Labels): Trit {
    return this.selection.whenEmpty(scope, labels);
  }
}

/** A predicate on one series: unknown when the newest sample is stale or there is none. */
export class SeriesSignal implements Signal {
  readonly truth: Trit;
  readonly newest: number;

  constructor(
    readonly series: SeriesWindow,
    private readonly predicate: Predicate,
    private readonly now: number,
  ) {
    this.newest = series.indexAt(now);
    this.truth = isFresh(series, this.newest, now)
      ? tritOf(predicate.test(series.valueAt(this.newest)))
      : UNKNOWN;
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

  get value(): number | undefined {
    return this.newest < 0 ? undefined : this.series.valueAt(this.newest);
  }

  get intervalMs(): number {
    return this.series.intervalMs(this.newest);
  }

  get since(): number | undefined {
    if (this.truth !== TRUE) return undefined;
    let first = this.newest;
    while (first > 0 && this.judge(first - 1) === TRUE && !this.isStaleBefore(first)) first -= 1;
    return this.series.timeAt(first);
  }

  evidence(): readonly Evidence[] {
    return evidenceAt(this.series, this.newest);
  }

  reason(): string {
    if (this.truth === UNKNOWN) return staleReason(this.series, this.predicate.subject, this.now);
    return this.predicate.describe(this.series.valueAt(this.newest));
  }

  history(from: number): Timeline {
    return seriesTimeline(this.series, from, this.now, (index) => this.judge(index));
  }

  judge(index: number): Trit {
    return tritOf(this.predicate.test(this.series.valueAt(index)));
  }

  private isStaleBefore(index: number): boolean {
    const gap = this.series.timeAt(index) - this.series.timeAt(index - 1);
    return gap > this.series.staleAfterMs(this.newest);
  }
}

/** True when the sample at this index still speaks for its series. */
export function isFresh(series: SeriesWindow, newest: number, now: number): boolean {
  return newest >= 0 && now - series.timeAt(newest) <= series.staleAfterMs(newest);
}

export function staleReason(series: SeriesWindow, subject: string, now: number): string {
  const newest = series.indexAt(now);
  const of = `${subject} of ${series.source}`;
  if (newest < 0) return `${of}: no sample that was in time`;
  const age = formatDuration(Math.floor((now - series.timeAt(newest)) / 1000) * 1000);
  const limit = formatDuration(series.staleAfterMs(newest));
  return `${of}: no sample for ${age} (stale after ${limit})`;
}
