import type { AuthoredPolicySpec } from '../authored/policy.js';
import type { Declaration } from '../declaration.js';

/** Checks every condition of a policy; `base` is the path of its fields. */
export function checkConditions(
  _spec: AuthoredPolicySpec,
  _declaration: Declaration,
  _base: readonly PropertyKey[],
): void {}
