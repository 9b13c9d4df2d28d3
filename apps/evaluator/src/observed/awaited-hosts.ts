import type { ResourceId } from '@vigil/manifests';

/** Resources whose verdict waits for the next word of a host, even when it says nothing new. */
export class AwaitedHosts {
  private readonly byHost = new Map<string, Set<ResourceId>>();

  wait(resource: ResourceId, hosts: Iterable<string>): void {
    for (const host of hosts) {
      const waiting = this.byHost.get(host) ?? new Set();
      this.byHost.set(host, waiting.add(resource));
    }
  }

  /** Who waited for the host; they do not any more. */
  take(host: string): Iterable<ResourceId> {
    const waiting = this.byHost.get(host) ?? [];
    this.byHost.delete(host);
    return waiting;
  }
}
