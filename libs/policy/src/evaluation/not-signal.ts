import type { Labels } from '../labels.js';
import { mapTimeline, type Timeline } from '../timeline.js';
import { kleeneNot, type Trit } from '../truth.js';
import type { Evaluable, Evidence, Scope, Signal } from './signal.js';

/** `not operand`, group by group; unknown stays unknown. */
export class NotCondition implements Evaluable {
  constructor(private readonly operand: Evaluable) {}

  signals(scope: Scope): readonly Signal[] {
    return this.operand.signals(scope).map((signal) => new NotSignal(signal));
  }

  whenEmpty(scope: Scope, labels: Labels): Trit {
    return kleeneNot(this.operand.whenEmpty(scope, labels));
  }
}

class NotSignal implements Signal {
  readonly since = undefined;

  constructor(private readonly signal: Signal) {}

  get key(): string | undefined {
    return this.signal.key;
  }

  get labels(): Labels {
    return this.signal.labels;
  }

  get truth(): Trit {
    return kleeneNot(this.signal.truth);
  }

  /** The operand's `for` counts: `not (x for 5m)` is not pending while x is being waited for. */
  get body(): Trit {
    return this.truth;
  }

  get value(): number | undefined {
    return this.signal.value;
  }

  get intervalMs(): number {
    return this.signal.intervalMs;
  }

  evidence(): readonly Evidence[] {
    return this.signal.evidence();
  }

  reason(): string {
    return `not (${this.signal.reason()})`;
  }

  history(from: number): Timeline {
    return mapTimeline(this.signal.history(from), kleeneNot);
  }
}
