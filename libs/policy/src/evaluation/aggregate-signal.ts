import type { Aggregate } from '../ast.js';
import { labelsKey, pickLabels, type Labels } from '../labels.js';
import type { SeriesWindow } from '../series-window.js';
import { combineTimelines, seriesTimeline, TimelineBuilder, type Timeline } from '../timeline.js';
import { kleeneAnd, TRUE, tritOf, UNKNOWN, type Trit } from '../truth.js';
import { aggregateAt } from './aggregate.js';
import type { Predicate } from './predicate.js';
import type { Selection } from './selection.js';
import { isFresh, staleReason } from './series-signal.js';
import {
  evidenceAt,
  MAX_EVIDENCE,
  type Evaluable,
  type Evidence,
  type Scope,
  type Signal,
} from './signal.js';

/** A predicate on an aggregate: one signal per series, or per group of labels with `by`. */
export class AggregateComparison implements Evaluable {
  constructor(
    private readonly aggregate: Aggregate,
    private readonly selection: Selection,
    private readonly predicate: Predicate,
  ) {}

  signals(scope: Scope): readonly Signal[] {
    return groupsOf(this.aggregate, this.selection.in(scope)).map(
      (group) => new AggregateSignal(this.aggregate, this.predicate, group, scope.now),
    );
  }

  whenEmpty(scope: Scope, labels: Labels): Trit {
    return this.selection.whenEmpty(scope, labels);
  }
}

interface Group {
  readonly labels: Labels;
  readonly key: string;
  readonly members: SeriesWindow[];
}

/** With a range and no `by` each series stands for itself; without both there is one group. */
function groupsOf({ by, rangeMs }: Aggregate, series: readonly SeriesWindow[]): readonly Group[] {
  if (by === undefined && rangeMs !== undefined) {
    return series.map((member) => ({ labels: member.labels, key: member.key, members: [member] }));
  }
  const groups = new Map<string, Group>();
  for (const member of series) {
    const labels = pickLabels(member.labels, by ?? []);
    const key = labelsKey(labels);
    const group = groups.get(key) ?? { labels, key, members: [] };
    group.members.push(member);
    groups.set(key, group);
  }
  // Sums of floating-point numbers depend on their order; the order of arrival must not.
  for (const { members } of groups.values()) members.sort((a, b) => (a.key < b.key ? -1 : 1));
  return [...groups.values()];
}

class AggregateSignal implements Signal {
  readonly value: number | undefined;

  constructor(
    private readonly aggregate: Aggregate,
    private readonly predicate: Predicate,
    private readonly group: Group,
    private readonly now: number,
  ) {
    this.value = this.valueAt(now);
  }

  get labels(): Labels {
    return this.group.labels;
  }

  get key(): string {
    return this.group.key;
  }

  private get members(): readonly SeriesWindow[] {
    return this.group.members;
  }

  get truth(): Trit {
    return this.value === undefined ? UNKNOWN : tritOf(this.predicate.test(this.value));
  }

  get body(): Trit {
    return this.truth;
  }

  /** Only `for` looks further back than the range itself. */
  get since(): number | undefined {
    return this.truth === TRUE ? this.now : undefined;
  }

  get intervalMs(): number {
    return this.members.reduce(
      (slowest, series) => Math.max(slowest, series.intervalMs(series.indexAt(this.now))),
      0,
    );
  }

  evidence(): readonly Evidence[] {
    return this.members
      .slice(0, MAX_EVIDENCE)
      .flatMap((series) => evidenceAt(series, series.indexAt(this.now)));
  }

  reason(): string {
    if (this.value !== undefined) return this.predicate.describe(this.value);
    const stale = this.members.find(
      (series) => !isFresh(series, series.indexAt(this.now), this.now),
    );
    if (stale !== undefined) return staleReason(stale, this.predicate.subject, this.now);
    return `${this.predicate.subject}: data covers less than 80% of its range`;
  }

  /** A new value with every sample of a member; known where all members have data. */
  history(from: number): Timeline {
    const values = new TimelineBuilder(from, this.now);
    for (const time of this.sampleTimes(from)) {
      const value = this.valueAt(time);
      const truth = value === undefined ? UNKNOWN : tritOf(this.predicate.test(value));
      values.push(time, truth, truth);
    }
    const present = this.members
      .map((series) => seriesTimeline(series, from, this.now, () => TRUE))
      .reduce((all, one) => combineTimelines(all, one, kleeneAnd));
    return combineTimelines(present, values.build(), (there, value) =>
      there === TRUE ? value : UNKNOWN,
    );
  }

  private valueAt(time: number): number | undefined {
    return aggregateAt(this.aggregate.fn, this.members, this.aggregate.rangeMs, time);
  }

  private sampleTimes(from: number): readonly number[] {
    const times = new Set<number>([from]);
    for (const series of this.members) {
      const newest = series.indexAt(this.now);
      for (let index = newest; index >= 0 && series.timeAt(index) > from; index -= 1) {
        times.add(series.timeAt(index));
      }
    }
    return [...times].sort((a, b) => a - b);
  }
}
