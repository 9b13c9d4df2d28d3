import type { UnmanagedContainer } from '@vigil/contracts';
import type { ResourceId } from '@vigil/manifests';
import { isDeepStrictEqual } from 'node:util';

/** What replicas need of a host that something unmanaged may have, or be. */
export interface NeededWay {
  readonly ports: ReadonlySet<number>;
  /** Of containers: those that replicas are to have, and those that they are to take over. */
  readonly names: ReadonlySet<string>;
}

/** Resources whose verdict waits for the next word of a host, even when it says nothing new. */
export class AwaitedHosts {
  private readonly byHost = new Map<string, Set<ResourceId>>();
  private readonly obstructed = new Map<ResourceId, NeededWay>();

  wait(resource: ResourceId, hosts: Iterable<string>): void {
    for (const host of hosts) {
      const waiting = this.byHost.get(host) ?? new Set();
      this.byHost.set(host, waiting.add(resource));
    }
  }

  /** Something unmanaged decides about the resource: any host may get free for it. */
  waitForWay(resource: ResourceId, needed: NeededWay): void {
    this.obstructed.set(resource, needed);
  }

  /**
   * Who waited for what has changed among the unmanaged containers of a host; they do not any more. There
   * may be hosts on which containers come and go all the time, and each look at a resource that is
   * obstructed is one at the whole fleet.
   */
  takeObstructed(
    before: readonly UnmanagedContainer[] = [],
    now: readonly UnmanagedContainer[] = [],
  ): ResourceId[] {
    if (this.obstructed.size === 0) return [];
    const changed = [...without(before, now), ...without(now, before)];
    const taken = [...this.obstructed].filter(([, { ports, names }]) =>
      changed.some(
        ({ name, hostPorts }) => names.has(name) || hostPorts.some((port) => ports.has(port)),
      ),
    );
    for (const [resource] of taken) this.obstructed.delete(resource);
    return taken.map(([resource]) => resource);
  }

  /** Who waited for the host; they do not any more. */
  take(host: string): Iterable<ResourceId> {
    const waiting = this.byHost.get(host) ?? [];
    this.byHost.delete(host);
    return waiting;
  }
}

/** Those of which the others do not say the same. */
function without(
  these: readonly UnmanagedContainer[],
  others: readonly UnmanagedContainer[],
): readonly UnmanagedContainer[] {
  const known = new Map(others.map((each) => [each.id, each]));
  return these.filter((each) => !isDeepStrictEqual(each, known.get(each.id)));
}
