import type { Compare, Expression, Operand, Quantity, Selector } from './ast.js';
import { diagnose, type Diagnostic, type DiagnosticCode } from './diagnostic.js';
import { metricFacts } from './metric-catalogue.js';
import { printExpression, printOperand } from './print.js';
import type { Span } from './span.js';
import { unitOf, type Dimension } from './units.js';

/** What is wrong with an expression that parses (errors), and what may not be meant (warnings). */
export interface Findings {
  readonly errors: readonly Diagnostic[];
  readonly warnings: readonly Diagnostic[];
}

/** Checks meanings: units against metrics, what `for` may stand on, flags that are none. */
export function checkExpression(text: string, expression: Expression): Findings {
  const check = new Check(text);
  check.visit(expression, undefined);
  return check;
}

/** `time`: inside a part that has its own `for` already. */
type Inside = 'time' | undefined;

class Check implements Findings {
  readonly errors: Diagnostic[] = [];
  readonly warnings: Diagnostic[] = [];

  constructor(private readonly text: string) {}

  visit(expression: Expression, inside: Inside): void {
    switch (expression.kind) {
      case 'compare':
        this.compare(expression);
        return;
      case 'flag':
        this.flag(expression.selector);
        return;
      case 'absent':
        return;
      case 'trend':
        if (inside === 'time') this.nested(expression.span);
        return;
      case 'hold':
        if (inside === 'time') this.nested(expression.span);
        this.visit(expression.body, 'time');
        return;
      case 'attempts':
        if (inside === 'time') this.nested(expression.span);
        this.attempts(expression.body);
        return;
      case 'not':
        this.warnAboutScope(expression, expression.operand);
        this.visit(expression.operand, inside);
        return;
      case 'and':
      case 'or':
        if (!takesTime(expression.left)) this.warnAboutScope(expression, expression.right);
        this.visit(expression.left, inside);
        this.visit(expression.right, inside);
    }
  }

  private compare({ left, right }: Compare): void {
    const unit = unitOf(right.unit);
    if (unit === undefined) return;
    const metric = dimensionOf(left);
    if (unit.perSecond && !mayBeRate(left)) {
      const message = `${printOperand(left)} is no rate, so it cannot be compared with a value per second; write \`rate(x[5m])\``;
      this.error(right.span, 'unit-mismatch', message);
      return;
    }
    if (unit.dimension === 'plain' || metric === 'plain' || metric === unit.dimension) return;
    this.error(right.span, 'unit-mismatch', mismatch(left, metric, right));
  }

  private flag(selector: Selector): void {
    const { flag, dimension } = metricFacts(selector.metric);
    if (flag !== false) return;
    const example = dimension === 'percent' ? '80%' : '10';
    const message = `\`${selector.metric}\` is a number, not a yes or no; compare it: \`${selector.metric} > ${example}\``;
    this.error(selector.span, 'not-a-flag', message, ['>', '>=', '<', '<=', '==', '!=']);
  }

  private attempts(body: Expression): void {
    const onSamples =
      body.kind === 'flag' || (body.kind === 'compare' && body.left.kind === 'selector');
    if (!onSamples) {
      const message =
        '`for N attempts` counts the samples of one metric; before it can stand a metric or a comparison of a metric';
      this.error(body.span, 'attempts-need-samples', message);
    }
    this.visit(body, 'time');
  }

  private nested(span: Span): void {
    const message =
      'a part with its own `for` cannot stand inside another `for`; join both with `and`';
    this.error(span, 'nested-for', message);
  }

  /** `a and b for 5m` reads as if the time held for both; it is for `b` alone. */
  private warnAboutScope(whole: Expression, last: Expression): void {
    if (last.kind !== 'hold' || this.isParenthesised(last)) return;
    const body = printExpression(last.body);
    const both =
      whole.kind === 'not'
        ? `not ${body}`
        : whole.kind === 'and' || whole.kind === 'or'
          ? `${printExpression(whole.left)} ${whole.kind} ${body}`
          : body;
    const message = `this \`for\` belongs to \`${body}\` alone; write \`(${both}) for …\` when all of it has to hold, or \`(${body} for …)\` to keep it so`;
    this.warnings.push(diagnose(this.text, last.span, 'ambiguous-for', message));
  }

  private isParenthesised(expression: Expression): boolean {
    const { start, end } = expression.span;
    return this.text[start] === '(' && this.text[end - 1] === ')';
  }

  private error(
    span: Span,
    code: DiagnosticCode,
    message: string,
    expected: readonly string[] = [],
  ): void {
    this.errors.push(diagnose(this.text, span, code, message, expected));
  }
}

function takesTime(expression: Expression): boolean {
  if (expression.kind === 'and' || expression.kind === 'or') {
    return takesTime(expression.left) || takesTime(expression.right);
  }
  if (expression.kind === 'not') return takesTime(expression.operand);
  return expression.kind === 'hold' || expression.kind === 'attempts';
}

/** What the values of an operand measure: `count` counts, everything else keeps the metric's. */
function dimensionOf(operand: Operand): Dimension | 'count' {
  if (operand.kind === 'selector') return metricFacts(operand.metric).dimension;
  return operand.fn === 'count' ? 'count' : metricFacts(operand.selector.metric).dimension;
}

function mayBeRate(operand: Operand): boolean {
  if (operand.kind === 'aggregate') {
    return operand.fn === 'rate' || (operand.fn !== 'count' && mayBeRate(operand.selector));
  }
  return operand.metric.endsWith('_per_second') || metricFacts(operand.metric).flag === undefined;
}

const MEASURES: Readonly<Record<Dimension | 'count', string>> = {
  plain: 'a plain number',
  percent: 'a percentage',
  time: 'a length of time',
  bytes: 'an amount of bytes',
  count: 'a count',
};

function mismatch(left: Operand, metric: Dimension | 'count', right: Quantity): string {
  const found = unitOf(right.unit)?.dimension ?? 'plain';
  return `${printOperand(left)} is ${MEASURES[metric]}, but \`${right.number}${right.unit}\` is ${MEASURES[found]}`;
}
