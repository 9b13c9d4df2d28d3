import { isNewerSnapshot, type ReplicaObservation, type StateObserved } from '@vigil/contracts';
import type { ResourceId } from '@vigil/manifests';
import { ProgressBook, type ObservedProgress } from './progress-book.js';

/** Agents report at least this often. */
export const SNAPSHOT_INTERVAL_MS = 30_000;

/** An agent that was silent for this long is unreachable: what runs on its host is unknown. */
export const AGENT_SILENCE_MS = 3 * SNAPSHOT_INTERVAL_MS;

export interface ObservedHost {
  readonly snapshot: StateObserved;
  /** When the snapshot reached us, by our own clock, Unix ms. */
  readonly seenAt: number;
}

/** One replica with where and when it was seen. */
export interface ObservedReplica {
  readonly host: string;
  readonly replica: ReplicaObservation;
}

export interface ObservedChange {
  /** Whose replicas look different now, or of which more is done. */
  readonly resources: ReadonlySet<ResourceId>;
  /** The host is new, is back, or offers something else: placements may change. */
  readonly fleet: boolean;
}

const NO_CHANGE: ObservedChange = { resources: new Set(), fleet: false };

/** The newest snapshot of every host, in memory. Freshness is judged by the reader's own clock. */
export class ObservedState {
  private readonly known = new Map<string, ObservedHost>();
  private readonly byResource = new Map<ResourceId, Map<string, readonly ReplicaObservation[]>>();
  private readonly progress = new ProgressBook();

  /** Takes a snapshot; an older or repeated one changes nothing. `seenAt` is our own clock. */
  observe(snapshot: StateObserved, seenAt: number): ObservedChange {
    const before = this.known.get(snapshot.host);
    if (!isNewerSnapshot(snapshot.sequence, before?.snapshot.sequence)) return NO_CHANGE;
    this.known.set(snapshot.host, { snapshot, seenAt });
    const changed = this.index(snapshot, before?.snapshot);
    const furthered = this.progress.take(snapshot.host, snapshot.progress);
    return {
      resources: new Set([...changed, ...furthered]),
      fleet: before === undefined || offersOther(before, snapshot, seenAt),
    };
  }

  /** The host left the fleet: nothing that it said counts. Returns whose replicas it had. */
  forget(host: string): ReadonlySet<ResourceId> {
    const { snapshot } = this.known.get(host) ?? {};
    if (snapshot === undefined) return new Set();
    this.known.delete(host);
    const had = this.index({ ...snapshot, replicas: [] }, snapshot);
    return new Set([...had, ...this.progress.take(host, [])]);
  }

  hosts(): readonly ObservedHost[] {
    return [...this.known.values()];
  }

  host(name: string): ObservedHost | undefined {
    return this.known.get(name);
  }

  isReachable(host: string, now: number): boolean {
    const seen = this.known.get(host);
    return seen !== undefined && now - seen.seenAt < AGENT_SILENCE_MS;
  }

  replicasOf(resource: ResourceId): ObservedReplica[] {
    const replicas: ObservedReplica[] = [];
    for (const [host, onHost] of this.byResource.get(resource) ?? []) {
      for (const replica of onHost) replicas.push({ host, replica });
    }
    return replicas;
  }

  /** What takes its time, on whichever host, in the order of the replicas. */
  progressOf(resource: ResourceId): ObservedProgress[] {
    return this.progress.of(resource);
  }

  /** Every resource of which a replica was observed. */
  resources(): IterableIterator<ResourceId> {
    return this.byResource.keys();
  }

  /** When the next host that is heard now becomes unreachable if it stays silent; undefined: none. */
  nextSilenceAt(now: number): number | undefined {
    let next: number | undefined;
    for (const { seenAt } of this.known.values()) {
      const silentAt = seenAt + AGENT_SILENCE_MS;
      if (silentAt > now && (next === undefined || silentAt < next)) next = silentAt;
    }
    return next;
  }

  private index(snapshot: StateObserved, before: StateObserved | undefined): Set<ResourceId> {
    const changed = new Set<ResourceId>();
    const fresh = groupByResource(snapshot.replicas);
    const old = groupByResource(before?.replicas ?? []);
    for (const [resource, replicas] of fresh) {
      this.hostsOf(resource).set(snapshot.host, replicas);
      if (appearance(replicas) !== appearance(old.get(resource) ?? [])) changed.add(resource);
    }
    for (const resource of old.keys()) {
      if (fresh.has(resource)) continue;
      changed.add(resource);
      const hosts = this.hostsOf(resource);
      hosts.delete(snapshot.host);
      if (hosts.size === 0) this.byResource.delete(resource);
    }
    return changed;
  }

  private hostsOf(resource: ResourceId): Map<string, readonly ReplicaObservation[]> {
    const known = this.byResource.get(resource);
    if (known !== undefined) return known;
    const hosts = new Map<string, readonly ReplicaObservation[]>();
    this.byResource.set(resource, hosts);
    return hosts;
  }
}

function offersOther(before: ObservedHost, now: StateObserved, seenAt: number): boolean {
  const wasSilent = seenAt - before.seenAt >= AGENT_SILENCE_MS;
  return wasSilent || offer(before.snapshot) !== offer(now);
}

function offer({
  hostLabels,
  runtimes,
  unknownRuntimes = [],
  installation,
  stopped,
}: StateObserved): string {
  return JSON.stringify([
    Object.entries(hostLabels).sort(),
    [...runtimes].sort(),
    [...unknownRuntimes].sort(),
    installation,
    stopped,
  ]);
}

function groupByResource(replicas: readonly ReplicaObservation[]) {
  const groups = new Map<ResourceId, ReplicaObservation[]>();
  for (const replica of replicas) {
    const group = groups.get(replica.resource);
    if (group === undefined) groups.set(replica.resource, [replica]);
    else group.push(replica);
  }
  return groups;
}

/** What a verdict can depend on: everything but the times and texts of single check attempts. */
function appearance(replicas: readonly ReplicaObservation[]): string {
  return JSON.stringify(
    replicas.map(({ health, ...rest }) => [
      rest,
      health.status,
      health.consecutiveFailures,
      health.failingSince,
    ]),
  );
}
