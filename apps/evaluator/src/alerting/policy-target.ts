import { parseResourceId, resourceIdParts, type ResourceId } from '@vigil/manifests';
import type { Labels } from '@vigil/policy';
import type { DesiredState } from '../desired/desired-state.js';
import type { CompiledPolicy } from './compiled-policy.js';

/**
 * What an alert with these labels is about: the target that the policy names, else the resource that
 * the series names. `excluded` when the policy's namespace or selector leaves it out, or when it is
 * certain that no source declares it: nothing fires about what left Git. Undefined: nothing names one.
 */
export function policyTarget(
  policy: CompiledPolicy,
  labels: Labels,
  desired: DesiredState,
): ResourceId | 'excluded' | undefined {
  const { namespace, selector } = policy.declared.policy.spec;
  const named = labels['resource'];
  const target = policy.target ?? (named === undefined ? undefined : parseResourceId(named));
  const view = target === undefined ? undefined : desired.current(target);
  if (view?.status === 'absent') return 'excluded';
  if (namespace === undefined && selector === undefined) return target;
  if (target === undefined) return 'excluded';
  if (namespace !== undefined && resourceIdParts(target).namespace !== namespace) return 'excluded';
  if (selector === undefined) return target;
  if (view?.status !== 'declared') return 'excluded';
  const own = view.declared.service.metadata.labels;
  const matches = Object.entries(selector.matchLabels).every(
    ([name, value]) => own[name] === value,
  );
  return matches ? target : 'excluded';
}
