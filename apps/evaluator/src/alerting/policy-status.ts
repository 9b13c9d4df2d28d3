import type { ResourceStatusChanged } from '@vigil/contracts';
import type { ResourceId } from '@vigil/manifests';
import type { CompiledOutcome } from './compiled-policy.js';

/** What an operator should know of a policy itself: that it cannot work, or can never fire. */
export function policyStatus(
  id: ResourceId,
  outcome: CompiledOutcome | undefined,
  source: { readonly name: string | undefined; readonly digest: string | undefined },
  now: number,
): ResourceStatusChanged {
  const message = messageOf(outcome);
  return {
    resource: id,
    ...(source.name === undefined ? {} : { source: source.name }),
    sync: 'Synced',
    health: outcome === undefined ? 'Missing' : message === undefined ? 'Healthy' : 'Degraded',
    ...(message === undefined ? {} : { message }),
    desiredReplicas: 0,
    readyReplicas: 0,
    ...(source.digest === undefined ? {} : { desiredDigest: source.digest }),
    replicas: [],
    removed: outcome === undefined,
    at: now,
  };
}

function messageOf(outcome: CompiledOutcome | undefined): string | undefined {
  if (outcome === undefined) return undefined;
  if (!outcome.ok) return outcome.problem;
  return outcome.dead.length === 0 ? undefined : `can never fire: ${outcome.dead.join('; ')}`;
}
