import { COMPARISONS, type Comparison, type Expression, type Operand } from './ast.js';
import { Cursor, type Parsed } from './cursor.js';
import { diagnose, type Diagnostic } from './diagnostic.js';
import { didYouMean } from './did-you-mean.js';
import { tokenize } from './lexer.js';
import { parseOperand, parseSelector } from './parse-operand.js';
import { parseQuantity, parseSpan } from './parse-quantity.js';
import { join } from './span.js';

/** Longest condition that is read, in UTF-16 units. */
export const MAX_LENGTH = 4096;
/** Deepest nesting of parentheses and `not`. */
export const MAX_DEPTH = 32;
/** Most attempts that `for N attempts` may ask for. */
export const MAX_ATTEMPTS = 100;

/**
 * Reads a condition by recursive descent, one function per precedence level:
 * `or` < `and` < `not` < `for` < comparison. Never throws; gives the first error with its place.
 */
export function parseExpression(
  text: string,
): { readonly expression: Expression } | { readonly diagnostic: Diagnostic } {
  if (text.length > MAX_LENGTH) {
    const message = `a condition has at most ${MAX_LENGTH} characters, this one ${text.length}`;
    return { diagnostic: diagnose(text, { start: 0, end: 1 }, 'too-long', message) };
  }
  const lexed = tokenize(text);
  if ('error' in lexed) {
    const { span, code, message } = lexed.error;
    return { diagnostic: diagnose(text, span, code, message) };
  }
  const cursor = new Cursor(text, lexed.tokens);
  const expression = parseOr(cursor);
  if (expression !== null && cursor.peek().kind !== 'end') trailing(cursor, expression);
  if (cursor.diagnostic !== undefined) return { diagnostic: cursor.diagnostic };
  if (expression !== null) return { expression };
  return { diagnostic: diagnose(text, { start: 0, end: 0 }, 'unexpected-token', 'no condition') };
}

function parseOr(cursor: Cursor): Parsed<Expression> {
  return parseLogical(cursor, 'or', parseAnd);
}

function parseAnd(cursor: Cursor): Parsed<Expression> {
  return parseLogical(cursor, 'and', parseNot);
}

function parseLogical(
  cursor: Cursor,
  kind: 'and' | 'or',
  operand: (cursor: Cursor) => Parsed<Expression>,
): Parsed<Expression> {
  let left = operand(cursor);
  while (left !== null && cursor.take(kind) !== undefined) {
    const right = operand(cursor);
    if (right === null) return null;
    left = { kind, left, right, span: join(left.span, right.span) };
  }
  return left;
}

function parseNot(cursor: Cursor): Parsed<Expression> {
  const not = cursor.take('not');
  if (not === undefined) return parseTimed(cursor);
  return cursor.nested(MAX_DEPTH, () => {
    const operand = parseNot(cursor);
    if (operand === null) return null;
    return { kind: 'not', operand, span: join(not.span, operand.span) };
  });
}

/** `primary [for duration | for N attempts]`. */
function parseTimed(cursor: Cursor): Parsed<Expression> {
  const body = parsePrimary(cursor);
  if (body === null || cursor.take('for') === undefined) return body;
  const length = cursor.peek();
  const unit = cursor.peek(1);
  if (length.kind === 'number' && length.suffix === '' && /^attempts?$/.test(unit.text)) {
    const count = length.number;
    if (!Number.isInteger(count) || count < 1 || count > MAX_ATTEMPTS) {
      const message = `found ${length.text} attempts, expected a whole number from 1 to ${MAX_ATTEMPTS}`;
      return cursor.fail(length.span, 'out-of-range', message);
    }
    cursor.next();
    return { kind: 'attempts', body, count, span: join(body.span, cursor.next().span) };
  }
  const durationMs = parseSpan(cursor, 'a length of time such as `5m`, or `3 attempts`');
  if (durationMs === null) return null;
  return { kind: 'hold', body, durationMs, span: join(body.span, length.span) };
}

function parsePrimary(cursor: Cursor): Parsed<Expression> {
  const open = cursor.take('(');
  if (open !== undefined) {
    return cursor.nested(MAX_DEPTH, () => {
      const inner = parseOr(cursor);
      if (inner === null) return null;
      const close = cursor.sees(')') ? cursor.next() : afterOperand(cursor, ['`)`']);
      return close && { ...inner, span: join(open.span, close.span) };
    });
  }
  const absent = cursor.peek();
  if (absent.text === 'absent' && cursor.peek(1).text === '(') {
    cursor.next();
    cursor.next();
    const selector = parseSelector(cursor);
    if (selector === null) return null;
    if (cursor.sees('[')) return cursor.unexpected(['`)`'], 'write `absent(x) for 5m`');
    const close = cursor.expect(')');
    return close && { kind: 'absent', selector, span: join(absent.span, close.span) };
  }
  return parsePredicate(cursor);
}

/** `operand op quantity | operand increasing for 30m | flag`. */
function parsePredicate(cursor: Cursor): Parsed<Expression> {
  const left = parseOperand(cursor);
  if (left === null) return null;
  const op = COMPARISONS.find((known) => cursor.sees(known));
  if (op !== undefined) return parseComparison(cursor, left, op);
  if (cursor.sees('increasing') || cursor.sees('decreasing')) return parseTrend(cursor, left);
  if (cursor.sees('reaches') || cursor.sees('outside')) return notAvailable(cursor, left);
  if (left.kind === 'selector') return { kind: 'flag', selector: left, span: left.span };
  return afterOperand(
    cursor,
    COMPARISONS.map((known) => `\`${known}\``),
  );
}

function parseComparison(cursor: Cursor, left: Operand, op: Comparison): Parsed<Expression> {
  cursor.next();
  if (cursor.peek().kind === 'name') {
    const advice = 'a metric is compared with a number, not with another metric';
    return cursor.unexpected(['a number such as `80%` or `500ms`'], advice);
  }
  const right = parseQuantity(cursor);
  if (right === null) return null;
  if (COMPARISONS.some((known) => cursor.sees(known))) {
    const advice = 'comparisons do not chain: write `x > 1 and x < 5`';
    return cursor.unexpected(['`for`', '`and`', '`or`', 'the end'], advice);
  }
  return { kind: 'compare', left, op, right, span: join(left.span, right.span) };
}

function parseTrend(cursor: Cursor, left: Operand): Parsed<Expression> {
  const word = cursor.next();
  if (left.kind !== 'selector') {
    const message = `\`${word.text}\` looks at a metric itself, not at \`${left.fn}(…)\` of it`;
    return cursor.fail(left.span, 'not-available', message, ['a metric']);
  }
  if (cursor.expect('for') === null) return null;
  const length = cursor.peek();
  const windowMs = parseSpan(cursor, 'a length of time such as `30m`');
  if (windowMs === null) return null;
  const direction = word.text === 'increasing' ? 'increasing' : 'decreasing';
  const span = join(left.span, length.span);
  return { kind: 'trend', selector: left, direction, windowMs, span };
}

function notAvailable(cursor: Cursor, left: Operand): null {
  const { text, span } = cursor.peek();
  const form =
    text === 'reaches' ? 'a forecast (`reaches … within …`)' : 'an anomaly (`outside … sigma`)';
  const metric = left.kind === 'selector' ? left.metric : left.selector.metric;
  const message =
    `this version cannot evaluate ${form}; it can evaluate a comparison (\`${metric} > 80\`)` +
    ` and a trend (\`${metric} increasing for 30m\`)`;
  return cursor.fail(span, 'not-available', message, [
    'a comparison',
    '`increasing`',
    '`decreasing`',
  ]);
}

const ADVICE: Readonly<Record<string, string>> = {
  '=': 'write `==`',
  '=>': 'write `>=`',
  '<>': 'write `!=`',
  '&&': 'write `and`',
  '||': 'write `or`',
  '!': 'write `not` before the condition',
  '+': 'there is no arithmetic',
  '-': 'there is no arithmetic',
  '*': 'there is no arithmetic',
  '/': 'there is no arithmetic',
};

const FOLLOWERS = [...COMPARISONS, 'for', 'and', 'or', 'increasing', 'decreasing'];

/** Fails at a token that cannot follow what was read, with the word that was probably meant. */
function afterOperand(cursor: Cursor, expected: readonly string[]): null {
  const token = cursor.peek();
  const near = token.kind === 'name' ? didYouMean(token.text, FOLLOWERS) : undefined;
  const advice = near === undefined ? ADVICE[token.text] : `did you mean \`${near}\`?`;
  return cursor.unexpected(expected, advice);
}

function trailing(cursor: Cursor, expression: Expression): null {
  const comparisons = expression.kind === 'flag' ? COMPARISONS.map((op) => `\`${op}\``) : [];
  return afterOperand(cursor, [...comparisons, '`for`', '`and`', '`or`', 'the end']);
}
