import type { Labels } from '../labels.js';
import type { SeriesWindow } from '../series-window.js';
import {
  combineTimelines,
  constantTimeline,
  mapTimeline,
  seriesTimeline,
  type Timeline,
} from '../timeline.js';
import { FALSE, kleeneNot, kleeneOr, TRUE, UNKNOWN, type Trit } from '../truth.js';
import type { Selection } from './selection.js';
import type { Evaluable, Evidence, Scope, Signal } from './signal.js';

/**
 * `absent(selector)`: no series of the selection is fresh, and that is certain. It asks the sources
 * that have reported such a series; when none has, the source that a `source="…"` matcher names, else
 * every source that is alive. A source with a fresh series has it; one that is alive without has it
 * not; one that is silent may have it: unknown.
 */
export class AbsentCondition implements Evaluable {
  constructor(private readonly selection: Selection) {}

  signals(scope: Scope): readonly Signal[] {
    const { selector } = this.selection;
    const named = selector.matchers.filter(({ op }) => op === '=');
    const labels = Object.fromEntries(named.map(({ label, value }) => [label, value]));
    const series = this.selection.in(scope);
    const sources = this.sourcesOf(series, labels, scope);
    return [new AbsentSignal(labels, selector.metric, series, sources, scope)];
  }

  whenEmpty(scope: Scope): Trit {
    return this.signals(scope)[0]?.truth ?? UNKNOWN;
  }

  private sourcesOf(
    series: readonly SeriesWindow[],
    { source }: Labels,
    { store, now, source: only }: Scope,
  ): readonly string[] {
    if (series.length > 0) return [...new Set(series.map((known) => known.source))];
    const named = source ?? only;
    if (named !== undefined) return [named];
    return [...store.sources()].filter((known) => store.isAlive(known, now));
  }
}

class AbsentSignal implements Signal {
  readonly value = undefined;
  readonly truth: Trit;

  constructor(
    readonly labels: Labels,
    private readonly metric: string,
    private readonly series: readonly SeriesWindow[],
    private readonly sources: readonly string[],
    private readonly scope: Scope,
  ) {
    this.truth = this.history(scope.now).held.at(-1) ?? UNKNOWN;
  }

  get body(): Trit {
    return this.truth;
  }

  /** Only `for` asks since when; without it, absence counts from now. */
  get since(): number | undefined {
    return this.truth === TRUE ? this.scope.now : undefined;
  }

  get intervalMs(): number {
    return this.sources.reduce((slowest, source) => {
      const heartbeat = this.scope.store.heartbeat(source);
      if (heartbeat === undefined) return slowest;
      return Math.max(slowest, heartbeat.intervalMs(heartbeat.indexAt(this.scope.now)));
    }, 0);
  }

  evidence(): readonly Evidence[] {
    return [];
  }

  reason(): string {
    if (this.truth === FALSE) return `there is ${this.metric}`;
    if (this.truth === UNKNOWN) return `no ${this.metric}, but its source is silent`;
    return `no ${this.metric} from a source that is alive`;
  }

  history(from: number): Timeline {
    const { now } = this.scope;
    if (this.sources.length === 0) return constantTimeline(from, now, UNKNOWN);
    const exists = this.sources
      .map((source) => this.existsIn(source, from))
      .reduce((any, one) => combineTimelines(any, one, kleeneOr));
    return mapTimeline(exists, kleeneNot);
  }

  private existsIn(source: string, from: number): Timeline {
    const { store, now } = this.scope;
    const heartbeat = store.heartbeat(source);
    const alive =
      heartbeat === undefined
        ? constantTimeline(from, now, UNKNOWN)
        : seriesTimeline(heartbeat, from, now, () => TRUE);
    const present = this.series
      .filter((series) => series.source === source)
      .map((series) => seriesTimeline(series, from, now, () => TRUE))
      .reduce(
        (any, one) => combineTimelines(any, one, kleeneOr),
        constantTimeline(from, now, UNKNOWN),
      );
    return combineTimelines(present, alive, (there, speaks) => {
      if (there === TRUE) return TRUE;
      return speaks === TRUE ? FALSE : UNKNOWN;
    });
  }
}
