import type { PolicyMemory } from '@vigil/contracts';
import type { ResourceId } from '@vigil/manifests';
import { groupFromMemory, type AlertGroup } from './alert-group.js';

/** The alerts of every policy that are pending or firing, and which resources they are about. */
export class AlertBook {
  private readonly byPolicy = new Map<ResourceId, readonly AlertGroup[]>();
  private readonly byResource = new Map<ResourceId, Set<ResourceId>>();

  groups(policy: ResourceId, remembered: PolicyMemory | undefined): readonly AlertGroup[] {
    return this.byPolicy.get(policy) ?? remembered?.alerts.map(groupFromMemory) ?? [];
  }

  /** Takes the policy's alerts; returns the resources for which what is firing has changed. */
  replace(policy: ResourceId, groups: readonly AlertGroup[]): ReadonlySet<ResourceId> {
    const before = this.byPolicy.get(policy) ?? [];
    if (groups.length === 0) this.byPolicy.delete(policy);
    else this.byPolicy.set(policy, groups);
    for (const resource of subjects(before)) this.byResource.get(resource)?.delete(policy);
    for (const resource of subjects(groups)) {
      const policies = this.byResource.get(resource) ?? new Set();
      this.byResource.set(resource, policies.add(policy));
    }
    return changedSubjects(before, groups);
  }

  /** Alerts about the resource that fire and whose condition is known to hold now. */
  acting(resource: ResourceId): { policy: ResourceId; groups: readonly AlertGroup[] }[] {
    return [...(this.byResource.get(resource) ?? [])].sort().map((policy) => ({
      policy,
      groups: (this.byPolicy.get(policy) ?? []).filter(
        (group) => isActing(group) && group.record?.resource === resource,
      ),
    }));
  }

  /**
   * What was said about the resource rests on samples from before a change: nothing follows from it
   * until the next evaluation. Returns the policies that are concerned.
   */
  doubt(resource: ResourceId): readonly ResourceId[] {
    const policies = [...(this.byResource.get(resource) ?? [])];
    for (const policy of policies) {
      const groups = this.byPolicy.get(policy) ?? [];
      const doubted = groups.map((group) =>
        group.record?.resource === resource ? { ...group, truth: 'unknown' as const } : group,
      );
      this.byPolicy.set(policy, doubted);
    }
    return policies;
  }

  count(phase: AlertGroup['state']['phase']): number {
    let count = 0;
    for (const groups of this.byPolicy.values()) {
      count += groups.filter(({ state }) => state.phase === phase).length;
    }
    return count;
  }
}

/** A firing alert asks for something only while its condition holds: not while data is missing. */
function isActing({ state, truth }: AlertGroup): boolean {
  return state.phase === 'firing' && truth === 'true';
}

function subjects(groups: readonly AlertGroup[]): Set<ResourceId> {
  return new Set(
    groups.flatMap(({ record }) => (record?.resource === undefined ? [] : [record.resource])),
  );
}

function changedSubjects(
  before: readonly AlertGroup[],
  after: readonly AlertGroup[],
): ReadonlySet<ResourceId> {
  const actingIds = (groups: readonly AlertGroup[]) =>
    new Map(groups.filter(isActing).map(({ record }) => [record?.id, record?.resource]));
  const old = actingIds(before);
  const fresh = actingIds(after);
  const changed = new Set<ResourceId>();
  for (const [id, resource] of [...old, ...fresh]) {
    if (resource !== undefined && old.has(id) !== fresh.has(id)) changed.add(resource);
  }
  return changed;
}
