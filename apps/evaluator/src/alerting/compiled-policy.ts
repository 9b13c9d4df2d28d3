import {
  findDead,
  parseCondition,
  renderDiagnostic,
  type Condition,
  type Diagnostic,
} from '@vigil/policy';
import { parseResourceId, type ResourceId } from '@vigil/manifests';
import type { DeclaredPolicy } from '../desired/desired-state.js';

/** A policy whose conditions were read once, ready to be evaluated. */
export interface CompiledPolicy {
  readonly declared: DeclaredPolicy;
  readonly id: ResourceId;
  readonly condition: Condition;
  readonly clears: Condition | undefined;
  /** The resource it names; undefined: the one that the series names. */
  readonly target: ResourceId | undefined;
}

export type CompiledOutcome =
  | {
      readonly ok: true;
      readonly policy: CompiledPolicy;
      /** Why it can never fire; empty: it can. */
      readonly dead: readonly string[];
    }
  | { readonly ok: false; readonly problem: string };

/**
 * Reads a policy's conditions. gitopsd refuses what cannot be read, so that a failure here means a
 * manifest from another version: it is reported, and the policy does nothing.
 */
export function compilePolicy(declared: DeclaredPolicy): CompiledOutcome {
  const { spec } = declared.policy;
  const condition = parseCondition(spec.condition);
  if (!condition.ok) return broken('condition', render(spec.condition, condition.diagnostics));
  const clears = spec.clears === undefined ? undefined : parseCondition(spec.clears);
  if (clears?.ok === false) return broken('clears', render(spec.clears ?? '', clears.diagnostics));
  const target = spec.target === undefined ? undefined : parseResourceId(spec.target);
  if (spec.target !== undefined && target === undefined) {
    return broken('target', [`found ${spec.target}, expected namespace/kind/name`]);
  }
  return {
    ok: true,
    policy: {
      declared,
      id: declared.resource,
      condition: condition.condition,
      clears: clears?.condition,
      target,
    },
    dead: findDead(condition.condition).map(({ message }) => message),
  };
}

function render(text: string, diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics.map((diagnostic) => renderDiagnostic(text, diagnostic));
}

function broken(field: string, problems: readonly string[]): CompiledOutcome {
  return { ok: false, problem: `spec.${field}: ${problems.join('; ')}` };
}
