import { pickLabels, type Labels } from '../labels.js';
import { combineTimelines, type Timeline } from '../timeline.js';
import { kleeneAnd, kleeneOr, TRUE, UNKNOWN, type Trit } from '../truth.js';
import { ConstantSignal } from './constant-signal.js';
import { joinSignals, MAX_GROUPS, type Pair } from './join.js';
import { MAX_EVIDENCE, type Evaluable, type Evidence, type Scope, type Signal } from './signal.js';

/** `left and right`, `left or right` in Kleene's logic, over groups whose labels agree. */
export class LogicalCondition implements Evaluable {
  constructor(
    private readonly kind: 'and' | 'or',
    private readonly left: Evaluable,
    private readonly right: Evaluable,
  ) {}

  signals(scope: Scope): readonly Signal[] {
    const pairs = joinSignals(this.left.signals(scope), this.right.signals(scope));
    if (pairs === undefined) {
      const reason = `more than ${MAX_GROUPS} combinations of labels; select fewer series`;
      return [new ConstantSignal({}, UNKNOWN, scope.now, reason)];
    }
    return pairs.map(({ labels, key, left, right }) => {
      const leftSignal = left ?? this.absent(this.left, scope, labels);
      const rightSignal = right ?? this.absent(this.right, scope, labels);
      return new LogicalSignal(this.kind, { labels, key }, leftSignal, rightSignal);
    });
  }

  whenEmpty(scope: Scope, labels: Labels): Trit {
    const left = this.left.whenEmpty(scope, labels);
    return combiner(this.kind)(left, this.right.whenEmpty(scope, labels));
  }

  private absent(side: Evaluable, scope: Scope, labels: Labels): Signal {
    const truth = side.whenEmpty(scope, labels);
    const reason =
      truth === UNKNOWN
        ? 'no series, and its source is silent'
        : 'no series of a source that is alive';
    return new ConstantSignal(pickLabels(labels, ['source']), truth, scope.now, reason);
  }
}

function combiner(kind: 'and' | 'or'): (a: Trit, b: Trit) => Trit {
  return kind === 'and' ? kleeneAnd : kleeneOr;
}

class LogicalSignal implements Signal {
  constructor(
    private readonly kind: 'and' | 'or',
    private readonly group: Pick<Pair, 'labels' | 'key'>,
    private readonly left: Signal,
    private readonly right: Signal,
  ) {}

  get labels(): Labels {
    return this.group.labels;
  }

  get key(): string {
    return this.group.key;
  }

  get truth(): Trit {
    return combiner(this.kind)(this.left.truth, this.right.truth);
  }

  get body(): Trit {
    return combiner(this.kind)(this.left.body, this.right.body);
  }

  /** The value of the side that decides: the first one that says the same as the whole. */
  get value(): number | undefined {
    return this.deciding()[0]?.value ?? this.left.value ?? this.right.value;
  }

  /** `and` is true since the last of both became true, `or` since the first. */
  get since(): number | undefined {
    if (this.body !== TRUE) return undefined;
    const starts = [this.left, this.right]
      .filter((side) => side.body === TRUE)
      .map((side) => side.since)
      .filter((since) => since !== undefined);
    if (starts.length === 0) return undefined;
    return this.kind === 'and' ? Math.max(...starts) : Math.min(...starts);
  }

  get intervalMs(): number {
    return Math.max(this.left.intervalMs, this.right.intervalMs);
  }

  evidence(): readonly Evidence[] {
    return this.deciding()
      .flatMap((side) => side.evidence())
      .slice(0, MAX_EVIDENCE);
  }

  reason(): string {
    return this.deciding()
      .map((side) => side.reason())
      .join(` ${this.kind} `);
  }

  history(from: number): Timeline {
    return combineTimelines(this.left.history(from), this.right.history(from), combiner(this.kind));
  }

  private deciding(): readonly Signal[] {
    const { truth } = this;
    const deciding = [this.left, this.right].filter((side) => side.truth === truth);
    return deciding.length > 0 ? deciding : [this.left, this.right];
  }
}
