import type { ResourceMemory } from '@vigil/contracts';
import { resourceIdParts, type ResourceId } from '@vigil/manifests';
import type { Evaluation } from '../drift-detection/evaluate-resource.js';
import { isSameStatus, type ResourceStatus } from '../drift-detection/resource-status.js';
import type { Knowledge } from '../knowledge.js';

/**
 * Says of a host that Git declares whether its agent is there. Nothing is ever done about one that is
 * not: its replicas say so themselves.
 */
export function evaluateHost(
  knowledge: Knowledge,
  resource: ResourceId,
  memory: ResourceMemory | undefined,
  now: number,
): Evaluation {
  const status = hostStatus(knowledge, resource, memory, now);
  const known = memory?.status;
  const isNews = known === undefined ? !status.removed : !isSameStatus(known, status);
  const next = { resource, open: [], placement: [], attempts: {}, decisions: [], status };
  return {
    drift: [],
    decisions: [],
    request: undefined,
    status: isNews ? status : undefined,
    memory: status.removed ? undefined : isNews ? next : memory,
    wakeAt: undefined,
    awaits: [],
    needsWay: undefined,
  };
}

function hostStatus(
  { desired, observed, removed }: Knowledge,
  resource: ResourceId,
  memory: ResourceMemory | undefined,
  now: number,
): ResourceStatus {
  const { name } = resourceIdParts(resource);
  const declared = desired.host(resource);
  const source = declared?.source ?? memory?.status?.source;
  const isHeard = observed.host(name) !== undefined && !removed.has(name);
  return {
    resource,
    ...(source === undefined ? {} : { source }),
    sync: declared === undefined && !desired.isComplete() ? 'Unknown' : 'Synced',
    ...presence(isHeard, observed.isReachable(name, now)),
    desiredReplicas: 0,
    readyReplicas: 0,
    ...(declared === undefined ? {} : { desiredDigest: declared.digest }),
    replicas: [],
    removed: declared === undefined && desired.isComplete(),
    at: now,
  };
}

function presence(
  isHeard: boolean,
  isReachable: boolean,
): Pick<ResourceStatus, 'health' | 'message'> {
  if (!isHeard) return { health: 'Missing', message: 'no agent has reported from this host' };
  return isReachable
    ? { health: 'Healthy' }
    : { health: 'Unknown', message: 'its agent is silent' };
}
