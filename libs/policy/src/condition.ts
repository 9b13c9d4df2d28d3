import type { Expression } from './ast.js';
import { checkExpression } from './check.js';
import type { Diagnostic } from './diagnostic.js';
import { compile } from './evaluation/compile.js';
import type { Evaluable } from './evaluation/signal.js';
import { reachOf } from './needs.js';
import { parseExpression } from './parser.js';
import type { MetricNeed } from './series-store.js';

/** A condition that was read and checked, ready to be evaluated as often as wanted. */
export interface Condition {
  /** As it was written. */
  readonly text: string;
  readonly expression: Expression;
  /** Every metric it reads, once each, and how much of it has to be kept. */
  readonly metrics: readonly MetricNeed[];
  /** Its longest `for`, range or trend in ms; 0 when it looks only at the newest samples. */
  readonly maxWindowMs: number;
  /**
   * True when each of its groups belongs to one source, so that a new sample of a source can change
   * only that source's groups. False for groups over several sources and for `absent`.
   */
  readonly perSource: boolean;
  /** The executable form; used by `evaluate`. */
  readonly program: Evaluable;
}

export type ParsedCondition =
  | { readonly ok: true; readonly condition: Condition; readonly warnings: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/**
 * Reads and checks a condition of a policy or alert rule. Never throws, whatever the text is: what is
 * wrong comes back as diagnostics with their places. Warnings tell of what is right but may not be
 * meant. `docs/policy-language.md` describes the language.
 */
export function parseCondition(text: string): ParsedCondition {
  const parsed = parseExpression(text);
  if ('diagnostic' in parsed) return { ok: false, diagnostics: [parsed.diagnostic] };
  const { expression } = parsed;
  const { errors, warnings } = checkExpression(text, expression);
  if (errors.length > 0) return { ok: false, diagnostics: errors };
  const { needs, maxWindowMs, perSource } = reachOf(expression);
  const program = compile(expression);
  const condition = { text, expression, metrics: needs, maxWindowMs, perSource, program };
  return { ok: true, condition, warnings };
}
