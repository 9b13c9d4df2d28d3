import { diagnose, type Diagnostic, type DiagnosticCode } from './diagnostic.js';
import type { Token } from './lexer.js';
import type { Span } from './span.js';

/** What a rule of the grammar gives: null when it failed, and the cursor knows why. */
export type Parsed<Result> = Result | null;

/**
 * A place in a row of tokens, and the first thing that went wrong there: that diagnostic is the one
 * that counts, later ones follow from it.
 */
export class Cursor {
  private at = 0;
  private depth = 0;
  private failure: Diagnostic | undefined;

  constructor(
    readonly text: string,
    private readonly tokens: readonly Token[],
  ) {}

  get diagnostic(): Diagnostic | undefined {
    return this.failure;
  }

  peek(ahead = 0): Token {
    const last = this.tokens.length - 1;
    const token = this.tokens[Math.min(this.at + ahead, last)];
    return token ?? { kind: 'end', text: '', span: { start: 0, end: 0 } };
  }

  next(): Token {
    const token = this.peek();
    if (this.at < this.tokens.length - 1) this.at += 1;
    return token;
  }

  /** True when the next token is this word or symbol. */
  sees(text: string): boolean {
    const token = this.peek();
    return (token.kind === 'name' || token.kind === 'symbol') && token.text === text;
  }

  /** Takes the next token when it is this word or symbol. */
  take(text: string): Token | undefined {
    return this.sees(text) ? this.next() : undefined;
  }

  /** Takes this word or symbol, or fails. */
  expect(text: string): Parsed<Token> {
    return this.take(text) ?? this.unexpected([`\`${text}\``]);
  }

  /** Records the first failure; returns null so that callers can `return cursor.fail(…)`. */
  fail(span: Span, code: DiagnosticCode, message: string, expected: readonly string[] = []): null {
    this.failure ??= diagnose(this.text, span, code, message, expected);
    return null;
  }

  /** Fails at the next token, naming it and what could have stood there. */
  unexpected(expected: readonly string[], advice?: string): null {
    const token = this.peek();
    const message = `found ${describe(token)}, expected ${alternatives(expected)}`;
    const full = advice === undefined ? message : `${message}; ${advice}`;
    return this.fail(token.span, 'unexpected-token', full, expected);
  }

  /** Runs a nested rule; fails instead when nesting is deeper than `limit`. */
  nested<Result>(limit: number, rule: () => Parsed<Result>): Parsed<Result> {
    if (this.depth >= limit) {
      return this.fail(this.peek().span, 'too-deep', `nested deeper than ${limit} levels`);
    }
    this.depth += 1;
    const result = rule();
    this.depth -= 1;
    return result;
  }
}

function describe(token: Token): string {
  return token.kind === 'end' ? 'the end of the condition' : `\`${token.text}\``;
}

/** `a`, `a or b`, `a, b or c`. */
export function alternatives(items: readonly string[]): string {
  const last = items.at(-1) ?? '';
  const first = items.slice(0, -1);
  return first.length === 0 ? last : `${first.join(', ')} or ${last}`;
}
