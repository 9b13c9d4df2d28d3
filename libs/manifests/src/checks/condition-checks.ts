import { findDead, parseCondition, type Diagnostic } from '@vigil/policy';
import type { AuthoredPolicySpec } from '../authored/policy.js';
import type { Declaration } from '../declaration.js';

/** How often samples come is not known here: with the shortest interval, only what is certain is reported. */
const SHORTEST_INTERVAL_MS = 1;

type Path = readonly PropertyKey[];

/** Checks every condition of a policy; `base` is the path of its fields in the document. */
export function checkConditions(
  spec: AuthoredPolicySpec,
  declaration: Declaration,
  base: Path,
): void {
  checkCondition(spec.condition, declaration, [...base, 'condition']);
  if (spec.clears !== undefined) checkCondition(spec.clears, declaration, [...base, 'clears']);
  if (spec.verify === undefined) return;
  checkCondition(spec.verify.condition, declaration, [...base, 'verify', 'condition']);
}

function checkCondition(text: string, declaration: Declaration, path: Path): void {
  const parsed = parseCondition(text);
  const report = (severity: 'error' | 'warning', { span, message }: Diagnostic) =>
    declaration.reportWithin(severity, path, span.start, message);
  if (!parsed.ok) {
    for (const diagnostic of parsed.diagnostics) report('error', diagnostic);
    return;
  }
  const dead = findDead(parsed.condition, { intervalMs: SHORTEST_INTERVAL_MS });
  for (const diagnostic of [...parsed.warnings, ...dead]) report('warning', diagnostic);
}
