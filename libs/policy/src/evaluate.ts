import type { Condition } from './condition.js';
import type { Evidence, Scope, Signal } from './evaluation/signal.js';
import { labelsKey, type Labels } from './labels.js';
import type { SeriesStore } from './series-store.js';
import { kleeneAnd, TRUE, truthOf, UNKNOWN, type Trit, type Truth } from './truth.js';

/**
 * What a condition says about one group of labels. The two explanations are made when they are read,
 * which is hardly ever, and speak of the samples that are there then: read them before more are added.
 */
export interface GroupResult {
  /** The labels of the series, with `source`; with `by` only those; joined ones for `and` and `or`. */
  readonly labels: Labels;
  /** The same text for the same labels: the identity of the alert instance. */
  readonly key: string;
  readonly truth: Truth;
  /** True while everything holds but the time that `for` asks for. */
  readonly pending: boolean;
  /** What was compared: a sample, an aggregate, or the slope of a trend per hour. */
  readonly value: number | undefined;
  /** Since when the condition, `for` aside, has been true without interruption (Unix ms). */
  readonly since: number | undefined;
  /** The few samples that explain the verdict. */
  readonly evidence: readonly Evidence[];
  /** The verdict in words. */
  readonly reason: string;
}

export interface Evaluation {
  /** One per group that has series; a single one about nothing when none has. */
  readonly results: readonly GroupResult[];
  /**
   * The result for a group that had series before and has none now: false when its source is alive
   * (the series has ended), else unknown.
   */
  missing(labels: Labels): GroupResult;
  /**
   * What the condition says about other labels than its own groups': true when every group that agrees
   * with them in all shared labels is true (for a policy's `clears` and `verify` conditions).
   */
  truthFor(labels: Labels): Truth;
}

/**
 * Evaluates a condition at a moment (Unix ms). Deterministic: the same samples give the same results,
 * in whatever order they arrived within the lateness bound. With `source`, only that source's groups
 * are looked at, which is all that its samples can change when the condition is `perSource`; it is
 * ignored otherwise.
 */
export function evaluate(
  condition: Condition,
  store: SeriesStore,
  now: number,
  options: { readonly source?: string } = {},
): Evaluation {
  const source = condition.perSource ? options.source : undefined;
  const scope: Scope = { store, now, source };
  const { program } = condition;
  const signals = program.signals(scope);
  const results: GroupResult[] = signals.map((signal) => new SignalResult(signal));
  const missing = (labels: Labels): GroupResult => {
    const truth = program.whenEmpty(scope, labels);
    return emptyResult(labels, truth);
  };
  if (results.length === 0) results.push(missing(source === undefined ? {} : { source }));
  const truthFor = (labels: Labels): Truth => {
    const agreeing = signals.filter((signal) => agrees(signal.labels, labels));
    if (agreeing.length === 0) return truthOf(program.whenEmpty(scope, labels));
    return truthOf(agreeing.map((signal) => signal.truth).reduce(kleeneAnd));
  };
  return { results, missing, truthFor };
}

function agrees(a: Labels, b: Labels): boolean {
  return Object.entries(a).every(([name, value]) => b[name] === undefined || b[name] === value);
}

/** What a signal says. */
class SignalResult implements GroupResult {
  readonly labels: Labels;
  readonly key: string;
  readonly truth: Truth;
  readonly pending: boolean;
  readonly value: number | undefined;
  readonly since: number | undefined;
  readonly #signal: Signal;

  constructor(signal: Signal) {
    const { labels, truth } = signal;
    this.labels = labels;
    this.key = signal.key ?? labelsKey(labels);
    this.truth = truthOf(truth);
    this.pending = truth !== TRUE && signal.body === TRUE;
    this.value = signal.value;
    this.since = signal.since;
    this.#signal = signal;
  }

  get evidence(): readonly Evidence[] {
    return this.#signal.evidence();
  }

  get reason(): string {
    return this.#signal.reason();
  }
}

function emptyResult(labels: Labels, truth: Trit): GroupResult {
  return {
    labels,
    key: labelsKey(labels),
    truth: truthOf(truth),
    pending: false,
    value: undefined,
    since: undefined,
    evidence: [],
    reason:
      truth === UNKNOWN
        ? 'no series, and no source that is alive'
        : 'no series of a source that is alive',
  };
}
