import type { Quantity } from './ast.js';
import type { Cursor, Parsed } from './cursor.js';
import { didYouMean } from './did-you-mean.js';
import { formatDuration, parseDuration } from './duration.js';
import { join } from './span.js';
import { UNIT_NAMES, unitOf } from './units.js';

/** The longest `for`, range or trend: series are kept in memory for about twice that. */
export const MAX_WINDOW_MS = 24 * 3_600_000;

/** A number with an optional sign and unit: `80%`, `-5`, `1.5GiB`, `10MiB/s`, `500 ms`. */
export function parseQuantity(cursor: Cursor): Parsed<Quantity> {
  const minus = cursor.take('-');
  const token = cursor.peek();
  if (token.kind !== 'number') return cursor.unexpected(['a number such as `80%` or `500ms`']);
  cursor.next();
  const { unit, end } = takeUnit(cursor, token.suffix, token.span);
  const span = join(minus?.span ?? token.span, end);
  if (unitOf(unit) === undefined) return unknownUnit(cursor, unit, end);
  if (!Number.isFinite(token.number)) {
    return cursor.fail(span, 'invalid-number', `${token.text} is too large a number`);
  }
  return { number: minus === undefined ? token.number : 0 - token.number, unit, span };
}

interface TakenUnit {
  readonly unit: string;
  readonly end: { readonly start: number; readonly end: number };
}

/** The unit may stand apart from its number: `80 %`, `500 ms`. */
function takeUnit(cursor: Cursor, suffix: string, span: TakenUnit['end']): TakenUnit {
  const next = cursor.peek();
  if (suffix !== '') return { unit: suffix, end: span };
  const isUnit = next.text === '%' || (next.kind === 'name' && UNIT_NAMES.includes(next.text));
  if (!isUnit) return { unit: '', end: span };
  cursor.next();
  return { unit: next.text, end: next.span };
}

function unknownUnit(cursor: Cursor, unit: string, span: TakenUnit['end']): null {
  const near = didYouMean(unit, UNIT_NAMES);
  const advice = near === undefined ? '' : `; did you mean \`${near}\`?`;
  const message = `there is no unit \`${unit}\`, only ${UNIT_NAMES.join(', ')} and /s${advice}`;
  return cursor.fail(span, 'unknown-unit', message, UNIT_NAMES);
}

/** A length of time from 1 ms to {@link MAX_WINDOW_MS}: `5m`, `1h30m`. `what` names it for people. */
export function parseSpan(cursor: Cursor, what: string): Parsed<number> {
  const token = cursor.peek();
  if (token.kind !== 'number') return cursor.unexpected([what]);
  const duration = parseDuration(token.text);
  if (duration === undefined) {
    const message = `\`${token.text}\` is no length of time; ${durationAdvice(cursor)}`;
    return cursor.fail(token.span, 'invalid-duration', message, ['ms', 's', 'm', 'h', 'd']);
  }
  if (duration < 1 || duration > MAX_WINDOW_MS) {
    const message = `${token.text} is out of range: from 1ms to ${formatDuration(MAX_WINDOW_MS)}`;
    return cursor.fail(token.span, 'out-of-range', message);
  }
  cursor.next();
  return duration;
}

const WORDS: readonly (readonly [RegExp, string])[] = [
  [/^milli/i, 'ms'],
  [/^s(ec|$)/i, 's'],
  [/^m(in|$)/i, 'm'],
  [/^h(our|r|$)/i, 'h'],
  [/^d(ay|$)/i, 'd'],
];

function durationAdvice(cursor: Cursor): string {
  const token = cursor.peek();
  const following = cursor.peek(1);
  if (token.kind === 'number') {
    const word = token.suffix === '' ? following.text : token.suffix;
    const unit = WORDS.find(([pattern]) => pattern.test(word))?.[1];
    if (unit !== undefined) return `write \`${token.number}${unit}\``;
  }
  return 'write for example `30s`, `5m` or `1h30m`';
}
