import type { DiagnosticCode } from './diagnostic.js';
import type { Span } from './span.js';

export type Token =
  | { readonly kind: 'name' | 'symbol' | 'end'; readonly text: string; readonly span: Span }
  | {
      readonly kind: 'number';
      /** As written, with its suffix: `1h30m`, `80%`, `10MiB/s`. */
      readonly text: string;
      readonly number: number;
      readonly suffix: string;
      readonly span: Span;
    }
  | {
      readonly kind: 'string';
      /** As written, with its quotes. */
      readonly text: string;
      readonly value: string;
      readonly span: Span;
    };

/** Why the text is no row of tokens. */
export interface LexicalError {
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly span: Span;
}

const BLANK = /(?:\s+|#[^\n]*)+/y;
const NAME = /[A-Za-z_:][A-Za-z0-9_:]*/y;
const NUMBER = /(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)((?:%|[A-Za-z0-9]*)(?:\/s(?![A-Za-z0-9]))?)/y;
// `&&`, `||`, `!`, `=`, `<>` and `=>` are no part of the language; as tokens they get a suggestion.
const SYMBOL = /=~|!~|==|!=|>=|<=|=>|<>|&&|\|\||[><(){}[\],=!%*/+-]/y;
const STRING = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/y;

/**
 * Splits a condition into tokens; the last one is always `end`. White space and comments from `#` to
 * the end of the line are skipped. Gives the first lexical error instead when there is one.
 */
export function tokenize(text: string): { tokens: readonly Token[] } | { error: LexicalError } {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    at += match(BLANK, text, at)?.[0].length ?? 0;
    if (at >= text.length) break;
    const token = tokenAt(text, at);
    if ('code' in token) return { error: token };
    tokens.push(token);
    at = token.span.end;
  }
  tokens.push({ kind: 'end', text: '', span: { start: text.length, end: text.length } });
  return { tokens };
}

function tokenAt(text: string, start: number): Token | LexicalError {
  const name = match(NAME, text, start)?.[0];
  if (name !== undefined) return { kind: 'name', text: name, span: spanOf(start, name) };

  const number = match(NUMBER, text, start);
  if (number !== undefined) {
    const [whole, digits = '', suffix = ''] = number;
    return {
      kind: 'number',
      text: whole,
      number: Number(digits),
      suffix,
      span: spanOf(start, whole),
    };
  }

  const quoted = match(STRING, text, start)?.[0];
  if (quoted !== undefined) {
    return { kind: 'string', text: quoted, value: unquote(quoted), span: spanOf(start, quoted) };
  }

  const symbol = match(SYMBOL, text, start)?.[0];
  if (symbol !== undefined) return { kind: 'symbol', text: symbol, span: spanOf(start, symbol) };

  return lexicalError(text, start);
}

function lexicalError(text: string, start: number): LexicalError {
  const character = String.fromCodePoint(text.codePointAt(start) ?? 0);
  if (character === '"' || character === "'") {
    const lineEnd = text.indexOf('\n', start);
    return {
      code: 'unterminated-string',
      message: `this text has no closing ${character}`,
      span: { start, end: lineEnd === -1 ? text.length : lineEnd },
    };
  }
  return {
    code: 'unexpected-character',
    message: `found ${JSON.stringify(character)}, which means nothing here`,
    span: spanOf(start, character),
  };
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

/** `\n`, `\t`, `\r` are what they are everywhere; any other escaped character stands for itself,
 * except that a regular expression's own escapes (`\d`, `\.`) keep their backslash. */
function unquote(quoted: string): string {
  return quoted.slice(1, -1).replace(/\\(.)/gs, (whole, character: string) => {
    const special = ESCAPES[character];
    if (special !== undefined) return special;
    return character === '"' || character === "'" || character === '\\' ? character : whole;
  });
}

/** Writes a value as a string token that reads back as the same value. */
export function quote(value: string): string {
  const escaped = value.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n').replace(/\r/g, '\\r');
  return `"${escaped}"`;
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

function spanOf(start: number, text: string): Span {
  return { start, end: start + text.length };
}
