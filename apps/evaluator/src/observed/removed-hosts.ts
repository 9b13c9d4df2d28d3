import type { StateObserved } from '@vigil/contracts';

interface Removal {
  /** Unix ms, by the clock of the collector that removed it. */
  readonly at: number;
  /** The newest word of the host since; what it is worth shows when the host is enrolled again. */
  word?: { readonly snapshot: StateObserved; readonly seenAt: number };
}

/** Hosts that were taken out of the fleet on purpose: nothing is expected of them any more. */
export class RemovedHosts {
  private readonly removals = new Map<string, Removal>();
  private readonly hosts = new Set<string>();

  remove(host: string, at: number): void {
    this.removals.set(host, { at });
    this.hosts.add(host);
  }

  /** The host was enrolled again. Returns what it said before that was heard here. */
  welcome(host: string): Removal['word'] {
    const word = this.removals.get(host)?.word;
    this.removals.delete(host);
    this.hosts.delete(host);
    return word;
  }

  /** Keeps a snapshot of a host that is not known to be enrolled; false when it is none of these. */
  holdBack(snapshot: StateObserved, seenAt: number): boolean {
    const removal = this.removals.get(snapshot.host);
    if (removal === undefined) return false;
    removal.word = { snapshot, seenAt };
    return true;
  }

  has(host: string): boolean {
    return this.hosts.has(host);
  }

  names(): ReadonlySet<string> {
    return this.hosts;
  }

  /** True for what a source said before its host was removed. `at` is Unix ms. */
  isFromBefore(source: string, at: number): boolean {
    const removal = this.removals.get(source);
    return removal !== undefined && at <= removal.at;
  }
}
