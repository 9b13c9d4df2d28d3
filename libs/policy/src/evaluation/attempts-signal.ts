import type { Labels } from '../labels.js';
import { constantTimeline, type Timeline } from '../timeline.js';
import { FALSE, TRUE, UNKNOWN, type Trit } from '../truth.js';
import type { SeriesComparison, SeriesSignal } from './series-signal.js';
import {
  evidenceAt,
  MAX_EVIDENCE,
  type Evaluable,
  type Evidence,
  type Scope,
  type Signal,
} from './signal.js';

/** `body for N attempts`: the newest N samples of a series all meet the body. */
export class AttemptsCondition implements Evaluable {
  constructor(
    private readonly body: SeriesComparison,
    private readonly count: number,
  ) {}

  signals(scope: Scope): readonly Signal[] {
    return this.body
      .signals(scope)
      .map((signal) => new AttemptsSignal(signal, this.count, scope.now));
  }

  whenEmpty(scope: Scope, labels: Labels): Trit {
    return this.body.whenEmpty(scope, labels);
  }
}

/**
 * Attempts are counted back from the newest. One that does not meet the body ends the count: false.
 * Too few attempts are unknown. A pause does not end the count, unless it is longer than the attempts
 * would take (`count` intervals, and at least until the series is stale): then what came before it
 * does not count.
 */
class AttemptsSignal implements Signal {
  readonly truth: Trit;
  private readonly met: number;

  constructor(
    private readonly signal: SeriesSignal,
    private readonly count: number,
    private readonly now: number,
  ) {
    const { series, newest } = signal;
    if (signal.truth !== TRUE) {
      this.met = 0;
      this.truth = signal.truth;
      return;
    }
    const longest = Math.max(count * series.intervalMs(newest), series.staleAfterMs(newest));
    let met = 1;
    let ended: Trit = UNKNOWN;
    for (let index = newest - 1; index >= 0 && met < count; index -= 1) {
      if (series.timeAt(index + 1) - series.timeAt(index) > longest) break;
      if (signal.judge(index) === FALSE) {
        ended = FALSE;
        break;
      }
      met += 1;
    }
    this.met = met;
    this.truth = met >= count ? TRUE : ended;
  }

  get key(): string {
    return this.signal.key;
  }

  get labels(): Labels {
    return this.signal.labels;
  }

  get body(): Trit {
    return this.signal.truth;
  }

  get value(): number | undefined {
    return this.signal.value;
  }

  get since(): number | undefined {
    if (this.met === 0) return undefined;
    return this.signal.series.timeAt(this.signal.newest - this.met + 1);
  }

  get intervalMs(): number {
    return this.signal.intervalMs;
  }

  evidence(): readonly Evidence[] {
    const shown = Math.max(1, Math.min(this.met, MAX_EVIDENCE));
    const first = this.signal.newest - shown + 1;
    return Array.from({ length: shown }, (_, index) =>
      evidenceAt(this.signal.series, first + index),
    ).flat();
  }

  reason(): string {
    if (this.met === 0) return this.signal.reason();
    const text = `${this.signal.reason()}, ${this.met} of ${this.count} attempts`;
    return this.truth === UNKNOWN ? `${text}; there are no earlier ones to tell` : text;
  }

  /** Nothing may stand around `for` that asks for its history; the checker sees to that. */
  history(from: number): Timeline {
    return constantTimeline(from, this.now, UNKNOWN);
  }
}
