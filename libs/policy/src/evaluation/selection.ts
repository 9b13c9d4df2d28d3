import type { Selector } from '../ast.js';
import { labelTest, type Labels } from '../labels.js';
import type { SeriesWindow } from '../series-window.js';
import { FALSE, UNKNOWN, type Trit } from '../truth.js';
import type { Scope } from './signal.js';

/** The series that a selector selects. Each series is matched once and remembered. */
export class Selection {
  private readonly test: ((labels: Labels) => boolean) | undefined;
  private readonly known = new WeakMap<SeriesWindow, boolean>();

  constructor(readonly selector: Selector) {
    this.test = selector.matchers.length > 0 ? labelTest(selector) : undefined;
  }

  in(scope: Scope): SeriesWindow[] {
    const selected: SeriesWindow[] = [];
    for (const series of scope.store.seriesOf(this.selector.metric, scope.source)) {
      if (this.selects(series)) selected.push(series);
    }
    return selected;
  }

  /**
   * An empty selection is false where its source is alive and unknown where it is not. Labels without
   * a source stand for all sources: one that is alive is enough. Unknown when series were refused.
   */
  whenEmpty(scope: Scope, labels: Labels): Trit {
    if (scope.store.refused > 0) return UNKNOWN;
    const source = labels['source'] ?? scope.source;
    if (source !== undefined) return scope.store.isAlive(source, scope.now) ? FALSE : UNKNOWN;
    for (const known of scope.store.sources()) {
      if (scope.store.isAlive(known, scope.now)) return FALSE;
    }
    return UNKNOWN;
  }

  private selects(series: SeriesWindow): boolean {
    if (this.test === undefined) return true;
    let selected = this.known.get(series);
    if (selected === undefined) {
      selected = this.test(series.labels);
      this.known.set(series, selected);
    }
    return selected;
  }
}
