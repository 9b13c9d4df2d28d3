import {
  isNewerSnapshot,
  type ReplicaObservation,
  type SnapshotSequence,
  type StateSnapshot,
} from '@vigil/contracts';
import type { Runtime, Service } from '@vigil/manifests';
import { placeKey, type ReplicaFacts } from '../plan/replica-facts.js';
import { LONGEST_TIMER_MS } from './waiters.js';

/** What one host last said, arranged by resource. */
export interface HostView {
  readonly host: string;
  readonly sequence: SnapshotSequence;
  /** When the agent looked, by its own clock, Unix ms. */
  readonly observedAt: number;
  /** When that arrived, by ours, Unix ms. */
  readonly seenAt: number;
  /** Those that do not answer: their replicas are only as they were last seen. */
  readonly unknownRuntimes: readonly Runtime[];
  readonly replicas: ReadonlyMap<string, readonly ReplicaObservation[]>;
}

/** The latest state of every host, in memory. */
export class ObservedHosts {
  private readonly hosts = new Map<string, HostView>();
  private readonly waiting = new Set<(host: string) => void>();
  /** Hosts that left the fleet, with what they said since: they may have been enrolled again. */
  private readonly removed = new Map<string, HostView | undefined>();

  /** Takes over a snapshot; one that is older than what is known only proves that the agent lives. */
  record(host: string, snapshot: StateSnapshot, seenAt: number): void {
    if (this.removed.has(host)) {
      this.removed.set(host, viewOf(host, snapshot, seenAt));
      return;
    }
    const known = this.hosts.get(host);
    if (known !== undefined && !isNewerSnapshot(snapshot.sequence, known.sequence)) {
      if (seenAt > known.seenAt) this.hosts.set(host, { ...known, seenAt });
      return;
    }
    this.hosts.set(host, viewOf(host, snapshot, Math.max(seenAt, known?.seenAt ?? seenAt)));
    this.wake(host);
  }

  /** The host left the fleet: nothing is known of it any more, whatever arrives late. */
  remove(host: string): void {
    this.removed.set(host, undefined);
    this.hosts.delete(host);
    this.wake(host);
  }

  /** The host was enrolled again. */
  welcome(host: string): void {
    const said = this.removed.get(host);
    this.removed.delete(host);
    if (said === undefined) return;
    this.hosts.set(host, said);
    this.wake(host);
  }

  /** Every host that is told of as removed. */
  removedHosts(): readonly string[] {
    return [...this.removed.keys()];
  }

  get(host: string): HostView | undefined {
    return this.hosts.get(host);
  }

  /** When each of the hosts last reported, Unix ms; one that never did is absent. */
  lastSeen(hosts: Iterable<string>): ReadonlyMap<string, number> {
    const seen = new Map<string, number>();
    for (const host of hosts) {
      const view = this.hosts.get(host);
      if (view !== undefined) seen.set(host, view.seenAt);
    }
    return seen;
  }

  /** What the hosts last said about the replicas of a resource. */
  factsOf(resource: string, hosts: Iterable<string>): ReplicaFacts {
    return new Map(
      [...new Set(hosts)].flatMap((host) => {
        const view = this.hosts.get(host);
        return view === undefined ? [] : [...factsFrom(view, resource)];
      }),
    );
  }

  /** Resolves at the next news of one of the hosts, when the time is over, or when aborted. */
  nextChange(hosts: ReadonlySet<string>, timeoutMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        this.waiting.delete(onNews);
        signal.removeEventListener('abort', finish);
        resolve();
      };
      const onNews = (host: string) => {
        if (hosts.has(host)) finish();
      };
      const timer = setTimeout(finish, Math.min(Math.max(0, timeoutMs), LONGEST_TIMER_MS));
      this.waiting.add(onNews);
      signal.addEventListener('abort', finish, { once: true });
      if (signal.aborted) finish();
    });
  }

  clear(): void {
    this.hosts.clear();
  }

  private wake(host: string): void {
    for (const wake of [...this.waiting]) wake(host);
  }
}

/** What a host says about the replicas of one resource. */
export function factsFrom(view: HostView, resource: string): ReplicaFacts {
  const replicas = view.replicas.get(resource) ?? [];
  return new Map(
    replicas.map((observed) => [
      placeKey({ host: view.host, replica: observed.replica }),
      observed,
    ]),
  );
}

/** True when the host cannot say what there is of a resource: a runtime of it does not answer. */
export function isSilentAbout(
  { unknownRuntimes, replicas }: HostView,
  { resource, service }: { readonly resource: string; readonly service?: Service | undefined },
): boolean {
  const own = (replicas.get(resource) ?? []).map(({ runtime }) => runtime);
  const relevant = service === undefined ? own : [service.spec.runtime, ...own];
  return unknownRuntimes.some((runtime) => relevant.includes(runtime));
}

export function viewOf(host: string, snapshot: StateSnapshot, seenAt: number): HostView {
  const { sequence, observedAt, unknownRuntimes = [], replicas } = snapshot;
  const byResource = new Map<string, ReplicaObservation[]>();
  for (const replica of replicas) {
    const known = byResource.get(replica.resource);
    if (known === undefined) byResource.set(replica.resource, [replica]);
    else known.push(replica);
  }
  return { host, sequence, observedAt, seenAt, unknownRuntimes, replicas: byResource };
}
