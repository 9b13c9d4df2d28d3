import type { ReplicaProgress } from '@vigil/contracts';
import type { ResourceId } from '@vigil/manifests';
import { isDeepStrictEqual } from 'node:util';

/** What a host is doing for one replica, for people. */
export interface ObservedProgress {
  readonly host: string;
  readonly replica: number;
  readonly what: string;
}

type OfHost = ReadonlyMap<ResourceId, readonly ObservedProgress[]>;

/** What all hosts are doing, by resource: nothing is looked for among hosts that do nothing for it. */
export class ProgressBook {
  private readonly byHost = new Map<string, OfHost>();
  private readonly hosts = new Map<ResourceId, Set<string>>();

  /** Takes what a host says; returns for which resources it does something else now. */
  take(host: string, progress: readonly ReplicaProgress[] = []): Set<ResourceId> {
    const before: OfHost = this.byHost.get(host) ?? new Map();
    const now = groupByResource(host, progress);
    if (now.size === 0) this.byHost.delete(host);
    else this.byHost.set(host, now);
    const resources = [...new Set([...before.keys(), ...now.keys()])];
    for (const resource of resources) this.index(resource, host, now.has(resource));
    return new Set(
      resources.filter((resource) => !isDeepStrictEqual(before.get(resource), now.get(resource))),
    );
  }

  /** In the order of the replicas. */
  of(resource: ResourceId): ObservedProgress[] {
    return [...(this.hosts.get(resource) ?? [])]
      .flatMap((host) => this.byHost.get(host)?.get(resource) ?? [])
      .sort((a, b) => a.replica - b.replica || (a.host < b.host ? -1 : 1));
  }

  private index(resource: ResourceId, host: string, isBusy: boolean): void {
    const hosts = this.hosts.get(resource) ?? new Set();
    if (isBusy) hosts.add(host);
    else hosts.delete(host);
    if (hosts.size === 0) this.hosts.delete(resource);
    else this.hosts.set(resource, hosts);
  }
}

function groupByResource(host: string, progress: readonly ReplicaProgress[]): OfHost {
  const groups = new Map<ResourceId, ObservedProgress[]>();
  for (const { resource, replica, what } of progress) {
    const group = groups.get(resource) ?? [];
    group.push({ host, replica, what });
    groups.set(resource, group);
  }
  return groups;
}
