import type { Labels } from '../labels.js';
import type { SeriesStore } from '../series-store.js';
import type { SeriesWindow } from '../series-window.js';
import type { Timeline } from '../timeline.js';
import type { Trit } from '../truth.js';

/** What a condition is evaluated over. */
export interface Scope {
  readonly store: SeriesStore;
  /** Unix ms; samples after it are not seen. */
  readonly now: number;
  /** Only series of this source; absent: of all. */
  readonly source: string | undefined;
}

/** One of the few samples that explain a verdict. */
export interface Evidence {
  readonly metric: string;
  readonly source: string;
  readonly labels: Labels;
  /** Unix ms. */
  readonly timestamp: number;
  readonly value: number;
}

/** What a part of a condition says about one group of labels. Reads the store only until it changes. */
export interface Signal {
  readonly labels: Labels;
  /** `labelsKey(labels)` where it is known already. */
  readonly key?: string | undefined;
  readonly truth: Trit;
  /** The truth without `for`: true while `truth` is not means pending. */
  readonly body: Trit;
  /** What was compared: a sample, an aggregate, the slope of a trend. */
  readonly value: number | undefined;
  /** Since when `body` has been true, as far as history is kept. */
  readonly since: number | undefined;
  /** Interval of the slowest series behind it, in ms. */
  readonly intervalMs: number;
  evidence(): readonly Evidence[];
  reason(): string;
  /** How `body` went from `from` until now. */
  history(from: number): Timeline;
}

/** A part of a condition, ready to be evaluated. */
export interface Evaluable {
  /** One signal for each group of labels that has series. */
  signals(scope: Scope): readonly Signal[];
  /** What holds for labels that have no series here: false when their source is alive, else unknown. */
  whenEmpty(scope: Scope, labels: Labels): Trit;
}

/** The most samples that one result shows. */
export const MAX_EVIDENCE = 8;

export function evidenceAt(series: SeriesWindow, index: number): readonly Evidence[] {
  if (index < 0 || index >= series.count) return [];
  const { metric, source, labels } = series;
  return [
    { metric, source, labels, timestamp: series.timeAt(index), value: series.valueAt(index) },
  ];
}

/** Numbers for people: at most six digits that count. */
export function formatNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value);
  return String(Number(value.toPrecision(6)));
}
