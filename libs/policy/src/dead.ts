import type { Compare, Expression, Matcher, Selector } from './ast.js';
import type { Condition } from './condition.js';
import { diagnose, type Diagnostic } from './diagnostic.js';
import { formatDuration } from './duration.js';
import { thresholdOf } from './evaluation/predicate.js';
import { labelTest } from './labels.js';
import { metricFacts } from './metric-catalogue.js';
import { printExpression, printOperand, printQuantity, printSelector } from './print.js';
import { coveredMs, DEFAULT_INTERVAL_MS } from './series-window.js';
import { MIN_COVERAGE } from './hold.js';
import type { Span } from './span.js';
import { MIN_TREND_POINTS } from './trend.js';
import { NumberSet } from './number-set.js';

/** What is known about the data that a condition will see. */
export interface DeadCheckOptions {
  /** Interval of the samples in ms; default 10 s, the agent's. */
  readonly intervalMs?: number;
}

/** Whether a part can become true; `always`: it is true whenever there is data. */
type Possibility = 'never' | 'maybe' | 'always';

/**
 * Why a condition can never become true, as diagnostics on the parts that are to blame; empty when it
 * may. Found are: limits outside of what a metric can be, comparisons of one series that exclude each
 * other, label matchers that exclude each other, and windows in which there can be too few samples.
 * Nothing is claimed that is not certain.
 */
export function findDead(
  condition: Condition,
  options: DeadCheckOptions = {},
): readonly Diagnostic[] {
  const check = new DeadCheck(condition.text, options.intervalMs ?? DEFAULT_INTERVAL_MS);
  return check.possibility(condition.expression) === 'never' ? check.findings : [];
}

class DeadCheck {
  readonly findings: Diagnostic[] = [];

  constructor(
    private readonly text: string,
    private readonly intervalMs: number,
  ) {}

  possibility(part: Expression): Possibility {
    switch (part.kind) {
      case 'compare':
        return this.compare(part);
      case 'flag':
        return this.selects(part.selector) ? 'maybe' : 'never';
      case 'absent':
        return this.selects(part.selector) ? 'maybe' : 'always';
      case 'trend':
        return this.trend(part.windowMs, part.span, part.selector);
      case 'hold':
        return this.hold(part.body, part.durationMs, part.span);
      case 'attempts':
        return this.possibility(part.body);
      case 'not':
        return this.not(part.operand);
      case 'or': {
        const sides = [this.possibility(part.left), this.possibility(part.right)];
        if (sides.includes('always')) return 'always';
        return sides.includes('maybe') ? 'maybe' : 'never';
      }
      case 'and':
        return this.and(part);
    }
  }

  private compare(compare: Compare): Possibility {
    const { left, op, right, span } = compare;
    const selector = left.kind === 'selector' ? left : left.selector;
    if (!this.selects(selector)) return 'never';
    if (left.kind === 'aggregate' && left.rangeMs !== undefined) {
      if (!this.canBeCovered(left.rangeMs, left.fn === 'rate' || left.fn === 'delta', left.span)) {
        return 'never';
      }
    }
    const possible = rangeOf(compare);
    const wanted = NumberSet.meeting(op, thresholdOf(left, right));
    if (possible.isWithin(wanted)) return 'always';
    if (!possible.meets(wanted)) {
      const what = printOperand(left);
      this.report(
        span,
        `${what} is always ${possible.describe()}, so it is never ${op} ${printQuantity(right)}`,
      );
      return 'never';
    }
    return 'maybe';
  }

  private not(operand: Expression): Possibility {
    const before = this.findings.length;
    const inner = this.possibility(operand);
    this.findings.length = before;
    if (inner === 'never') return 'always';
    if (inner === 'maybe') return 'maybe';
    this.report(
      operand.span,
      `${printExpression(operand)} is always true, so its opposite never is`,
    );
    return 'never';
  }

  private and(part: Extract<Expression, { kind: 'and' | 'or' }>): Possibility {
    const sides = [this.possibility(part.left), this.possibility(part.right)];
    if (sides.includes('never')) return 'never';
    const allowed = new Map<string, NumberSet>();
    for (const compare of conjuncts(part)) {
      const subject = printOperand(compare.left);
      const wanted = NumberSet.meeting(compare.op, thresholdOf(compare.left, compare.right));
      const both = (allowed.get(subject) ?? rangeOf(compare)).and(wanted);
      if (both.isEmpty()) {
        this.report(part.span, `no value of ${subject} meets all of ${printExpression(part)}`);
        return 'never';
      }
      allowed.set(subject, both);
    }
    return sides.every((side) => side === 'always') ? 'always' : 'maybe';
  }

  private hold(body: Expression, durationMs: number, span: Span): Possibility {
    const inner = this.possibility(body);
    if (inner === 'never') return 'never';
    return this.canBeCovered(durationMs, false, span) ? inner : 'never';
  }

  private trend(windowMs: number, span: Span, selector: Selector): Possibility {
    if (!this.selects(selector)) return 'never';
    const points = Math.floor(windowMs / this.intervalMs);
    if (points < MIN_TREND_POINTS) {
      const interval = formatDuration(this.intervalMs);
      this.report(
        span,
        `${formatDuration(windowMs)} hold ${points} samples at one every ${interval}; a trend needs ${MIN_TREND_POINTS}`,
      );
      return 'never';
    }
    return this.canBeCovered(windowMs, true, span) ? 'maybe' : 'never';
  }

  /** A window needs data for 80 % of it: slow series go stale between their samples. */
  private canBeCovered(windowMs: number, needsTwo: boolean, span: Span): boolean {
    const interval = formatDuration(this.intervalMs);
    const share = coveredMs(this.intervalMs, this.intervalMs) / this.intervalMs;
    // A window shorter than the covered part of one interval fits into it.
    const isShort = windowMs * MIN_COVERAGE <= coveredMs(this.intervalMs, this.intervalMs);
    if (share < MIN_COVERAGE && !isShort) {
      this.report(
        span,
        `samples every ${interval} cover ${Math.floor(share * 100)}% of any time (a sample counts for 5m at most); 80% are needed`,
      );
      return false;
    }
    if (needsTwo && windowMs <= this.intervalMs) {
      this.report(
        span,
        `${formatDuration(windowMs)} hold at most one sample at one every ${interval}; two are needed`,
      );
      return false;
    }
    return true;
  }

  private selects(selector: Selector): boolean {
    const clash = contradiction(selector);
    if (clash === undefined) return true;
    this.report(clash.span, `no series has labels that meet all of ${printSelector(selector)}`);
    return false;
  }

  private report(span: Span, message: string): void {
    this.findings.push(diagnose(this.text, span, 'never-true', message));
  }
}

/** What values a comparison's left side can have at all. */
function rangeOf({ left }: Compare): NumberSet {
  if (left.kind === 'selector') {
    const { min, max } = metricFacts(left.metric);
    return NumberSet.between(min, max);
  }
  const { min, max } = metricFacts(left.selector.metric);
  switch (left.fn) {
    case 'avg':
    case 'min':
    case 'max':
    case 'p95':
      return NumberSet.between(min, max);
    case 'count':
      return NumberSet.between(0, Number.POSITIVE_INFINITY);
    case 'sum':
      return NumberSet.between(min < 0 ? Number.NEGATIVE_INFINITY : 0, Number.POSITIVE_INFINITY);
    case 'rate':
    case 'delta':
      return NumberSet.between(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
  }
}

/** The comparisons that all have to hold at one moment for the whole to hold. */
function conjuncts(part: Expression): readonly Compare[] {
  if (part.kind === 'compare') return [part];
  if (part.kind === 'and') return [...conjuncts(part.left), ...conjuncts(part.right)];
  return part.kind === 'hold' || part.kind === 'attempts' ? conjuncts(part.body) : [];
}

/** The matcher that excludes what an `=` matcher of the same label asks for. */
function contradiction(selector: Selector): Matcher | undefined {
  for (const { op, label, value } of selector.matchers) {
    if (op !== '=') continue;
    for (const other of selector.matchers) {
      const alone = labelTest({ ...selector, matchers: [other] });
      if (other.label === label && !alone({ [label]: value })) return other;
    }
  }
  return undefined;
}
