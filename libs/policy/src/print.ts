import type { Aggregate, Expression, Operand, Quantity, Selector } from './ast.js';
import { formatDuration } from './duration.js';
import { quote } from './lexer.js';

/** The canonical text of an expression; parsing it gives the same expression again. */
export function printExpression(expression: Expression): string {
  switch (expression.kind) {
    case 'compare':
      return `${printOperand(expression.left)} ${expression.op} ${printQuantity(expression.right)}`;
    case 'flag':
      return printSelector(expression.selector);
    case 'absent':
      return `absent(${printSelector(expression.selector)})`;
    case 'trend': {
      const window = formatDuration(expression.windowMs);
      return `${printSelector(expression.selector)} ${expression.direction} for ${window}`;
    }
    case 'hold':
      return `${printBody(expression.body)} for ${formatDuration(expression.durationMs)}`;
    case 'attempts':
      return `${printBody(expression.body)} for ${expression.count} attempts`;
    case 'not':
      return `not ${inParentheses(expression.operand, ['and', 'or'])}`;
    case 'and':
    case 'or': {
      // Both associate to the left: the same operator needs parentheses on the right side only.
      const loose = expression.kind === 'and' ? ['or'] : [];
      const left = inParentheses(expression.left, loose);
      const right = inParentheses(expression.right, ['or', expression.kind]);
      return `${left} ${expression.kind} ${right}`;
    }
  }
}

function printBody(body: Expression): string {
  return inParentheses(body, ['and', 'or', 'not', 'hold', 'attempts', 'trend']);
}

function inParentheses(expression: Expression, kinds: readonly string[]): string {
  const text = printExpression(expression);
  return kinds.includes(expression.kind) ? `(${text})` : text;
}

export function printOperand(operand: Operand): string {
  return operand.kind === 'selector' ? printSelector(operand) : printAggregate(operand);
}

function printAggregate({ fn, selector, rangeMs, by }: Aggregate): string {
  const range = rangeMs === undefined ? '' : `[${formatDuration(rangeMs)}]`;
  const grouping = by === undefined ? '' : ` by (${by.join(', ')})`;
  return `${fn}(${printSelector(selector)}${range})${grouping}`;
}

export function printSelector({ metric, matchers }: Selector): string {
  if (matchers.length === 0) return metric;
  const texts = matchers.map(({ label, op, value }) => `${label}${op}${quote(value)}`);
  return `${metric}{${texts.join(', ')}}`;
}

export function printQuantity({ number, unit }: Quantity): string {
  return `${number}${unit}`;
}
