import type { ResourceId } from '@vigil/manifests';

/** Resources whose verdict waits for the next word of a host, even when it says nothing new. */
export class AwaitedHosts {
  private readonly byHost = new Map<string, Set<ResourceId>>();
  private obstructed = new Set<ResourceId>();

  wait(resource: ResourceId, hosts: Iterable<string>): void {
    for (const host of hosts) {
      const waiting = this.byHost.get(host) ?? new Set();
      this.byHost.set(host, waiting.add(resource));
    }
  }

  /** Something unmanaged is in the way of the resource: any host may get free for it. */
  waitForWay(resource: ResourceId): void {
    this.obstructed.add(resource);
  }

  /** Who waited for any host to have less in the way; they do not any more. */
  takeObstructed(): Iterable<ResourceId> {
    const { obstructed } = this;
    this.obstructed = new Set();
    return obstructed;
  }

  /** Who waited for the host; they do not any more. */
  take(host: string): Iterable<ResourceId> {
    const waiting = this.byHost.get(host) ?? [];
    this.byHost.delete(host);
    return waiting;
  }
}
