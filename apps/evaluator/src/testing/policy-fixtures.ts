import type { Policy } from '@vigil/manifests';
import { compilePolicy, type CompiledPolicy } from '../alerting/compiled-policy.js';
import { digestOf, id, policy } from './fixtures.js';

/** A policy `default/Policy/<name>` of source `git`, ready to be evaluated. */
export function compiled(name: string, spec: Partial<Policy['spec']> = {}): CompiledPolicy {
  const manifest = policy(name, spec);
  const outcome = compilePolicy({
    resource: id(`default/Policy/${name}`),
    policy: manifest,
    digest: digestOf(manifest),
    source: 'git',
    sourceMode: undefined,
  });
  if (!outcome.ok) throw new TypeError(outcome.problem);
  return outcome.policy;
}
