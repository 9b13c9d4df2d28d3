import {
  AGGREGATE_FUNCTIONS,
  type Aggregate,
  type AggregateFunction,
  type Matcher,
  type Operand,
  type Selector,
} from './ast.js';
import type { Cursor, Parsed } from './cursor.js';
import { didYouMean } from './did-you-mean.js';
import { parseSpan } from './parse-quantity.js';
import { compileRegex } from './regex/compile.js';
import { join } from './span.js';

/** Words that are never the name of a metric or label. */
export const RESERVED: readonly string[] = ['and', 'or', 'not', 'for', 'by'];

const MATCH_OPERATORS: readonly Matcher['op'][] = ['=', '!=', '=~', '!~'];
const MAX_MATCHERS = 16;
const MAX_GROUP_LABELS = 16;

/** `selector | fn(selector[range]) by (labels)`. */
export function parseOperand(cursor: Cursor): Parsed<Operand> {
  const next = cursor.peek(1);
  const calls = cursor.peek().kind === 'name' && next.kind === 'symbol' && next.text === '(';
  const fn = aggregateFunction(cursor.peek().text);
  if (fn !== undefined && (calls || next.text === 'by')) return parseAggregate(cursor, fn);
  if (calls && !RESERVED.includes(cursor.peek().text)) return unknownFunction(cursor);
  return parseSelector(cursor);
}

function aggregateFunction(name: string): AggregateFunction | undefined {
  return AGGREGATE_FUNCTIONS.find((known) => known === name);
}

function unknownFunction(cursor: Cursor): null {
  const { text, span } = cursor.peek();
  const known = [...AGGREGATE_FUNCTIONS, 'absent'];
  const near = didYouMean(text, known);
  const advice = near === undefined ? '' : `; did you mean \`${near}\`?`;
  const message = `there is no function \`${text}\`, only ${known.join(', ')}${advice}`;
  return cursor.fail(span, 'unknown-function', message, known);
}

function parseAggregate(cursor: Cursor, fn: AggregateFunction): Parsed<Aggregate> {
  const first = cursor.next().span;
  // PromQL writes the grouping before the argument; both places are read, one is printed.
  let by = cursor.sees('by') ? parseGrouping(cursor) : undefined;
  if (by === null || cursor.expect('(') === null) return null;
  const selector = parseSelector(cursor);
  if (selector === null) return null;
  const rangeMs = cursor.sees('[') ? parseRange(cursor) : undefined;
  if (rangeMs === null) return null;
  const close = cursor.peek();
  if (close.text !== ')')
    return cursor.unexpected(rangeMs === undefined ? ['`[`', '`)`'] : ['`)`']);
  cursor.next();
  if ((fn === 'rate' || fn === 'delta') && rangeMs === undefined) {
    const message = `\`${fn}\` needs a range: write \`${fn}(${selector.metric}[5m])\``;
    return cursor.fail(close.span, 'unexpected-token', message, ['`[`']);
  }
  if (by === undefined && cursor.sees('by')) by = parseGrouping(cursor);
  if (by === null) return null;
  return { kind: 'aggregate', fn, selector, rangeMs, by, span: join(first, close.span) };
}

function parseRange(cursor: Cursor): Parsed<number> {
  if (cursor.expect('[') === null) return null;
  const range = parseSpan(cursor, 'a range such as `5m`');
  return range === null || cursor.expect(']') === null ? null : range;
}

function parseGrouping(cursor: Cursor): Parsed<readonly string[]> {
  if (cursor.expect('by') === null || cursor.expect('(') === null) return null;
  const labels: string[] = [];
  while (cursor.take(')') === undefined) {
    const token = cursor.peek();
    if (token.kind !== 'name' || token.text.includes(':')) {
      return cursor.unexpected(['the name of a label', '`)`']);
    }
    if (labels.length >= MAX_GROUP_LABELS) {
      return cursor.fail(token.span, 'too-long', `more than ${MAX_GROUP_LABELS} labels`);
    }
    cursor.next();
    if (!labels.includes(token.text)) labels.push(token.text);
    if (cursor.take(',') === undefined && !cursor.sees(')')) {
      return cursor.unexpected(['`,`', '`)`']);
    }
  }
  return labels.sort();
}

/** `metric{matchers}`. */
export function parseSelector(cursor: Cursor): Parsed<Selector> {
  const name = cursor.peek();
  if (name.kind !== 'name' || RESERVED.includes(name.text)) {
    return cursor.unexpected(['a metric'], metricAdvice(name.kind, name.text));
  }
  cursor.next();
  const open = cursor.take('{');
  if (open === undefined) {
    return { kind: 'selector', metric: name.text, matchers: [], span: name.span };
  }
  const matchers: Matcher[] = [];
  let close = cursor.take('}');
  while (close === undefined) {
    if (matchers.length >= MAX_MATCHERS) {
      return cursor.fail(cursor.peek().span, 'too-long', `more than ${MAX_MATCHERS} matchers`);
    }
    const matcher = parseMatcher(cursor);
    if (matcher === null) return null;
    matchers.push(matcher);
    const comma = cursor.take(',');
    close = cursor.take('}');
    if (comma === undefined && close === undefined) return cursor.unexpected(['`,`', '`}`']);
  }
  return { kind: 'selector', metric: name.text, matchers, span: join(name.span, close.span) };
}

function metricAdvice(kind: string, text: string): string | undefined {
  if (kind === 'number') return 'the metric comes first: write `cpu_usage > 80%`';
  if (text === '!') return 'write `not`';
  return undefined;
}

function parseMatcher(cursor: Cursor): Parsed<Matcher> {
  const label = cursor.peek();
  if (label.kind !== 'name' || label.text.includes(':')) {
    return cursor.unexpected(['the name of a label', '`}`']);
  }
  cursor.next();
  const op = MATCH_OPERATORS.find((known) => cursor.sees(known));
  if (op === undefined) {
    const advice = cursor.sees('==') ? 'labels are compared with a single `=`' : undefined;
    return cursor.unexpected(['`=`', '`!=`', '`=~`', '`!~`'], advice);
  }
  cursor.next();
  const value = cursor.peek();
  if (value.kind !== 'string') return cursor.unexpected(['a text in quotes']);
  cursor.next();
  if (op === '=~' || op === '!~') {
    const regex = compileRegex(value.value);
    if (!regex.ok) {
      const message = `this regular expression cannot be used: ${regex.message}`;
      return cursor.fail(value.span, 'invalid-regex', message);
    }
  }
  return { label: label.text, op, value: value.value, span: join(label.span, value.span) };
}
