import { positionOf, type Span } from './span.js';

/** Stable names of everything that can be wrong with a condition. */
export type DiagnosticCode =
  | 'too-long'
  | 'too-deep'
  | 'unexpected-character'
  | 'unterminated-string'
  | 'unexpected-token'
  | 'unknown-function'
  | 'unknown-unit'
  | 'unit-mismatch'
  | 'invalid-number'
  | 'invalid-duration'
  | 'invalid-regex'
  | 'out-of-range'
  | 'not-a-flag'
  | 'nested-for'
  | 'attempts-need-samples'
  | 'not-available'
  | 'ambiguous-for'
  | 'never-true';

/** One finding about the text of a condition. A value, never thrown. */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  /** For people: what was found and what was expected, in one sentence. */
  readonly message: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  readonly span: Span;
  /** What could stand here instead; empty when that does not say anything. */
  readonly expected: readonly string[];
}

/** Completes a diagnostic with the line and column of its span. */
export function diagnose(
  text: string,
  span: Span,
  code: DiagnosticCode,
  message: string,
  expected: readonly string[] = [],
): Diagnostic {
  return { code, message, ...positionOf(text, span.start), span, expected };
}

/**
 * The diagnostic with its line of source and carets below the span:
 * ```
 * 1:11: found `%`, expected a number
 *   cpu_usage >%
 *              ^
 * ```
 */
export function renderDiagnostic(text: string, diagnostic: Diagnostic): string {
  const line = text.split('\n')[diagnostic.line - 1] ?? '';
  const indent = line.slice(0, diagnostic.column - 1).replace(/[^\t]/g, ' ');
  const room = Math.max(1, line.length - diagnostic.column + 1);
  const width = Math.min(room, Math.max(1, diagnostic.span.end - diagnostic.span.start));
  const where = `${diagnostic.line}:${diagnostic.column}`;
  return `${where}: ${diagnostic.message}\n  ${line}\n  ${indent}${'^'.repeat(width)}`;
}
