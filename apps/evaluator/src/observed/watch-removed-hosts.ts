import { FleetBucket, type RemovedHost } from '@vigil/contracts';
import type { Buckets, OrderedSubscription } from '@vigil/messaging';

export interface RemovedHostsListener {
  readonly onRemoved: (removed: RemovedHost) => void;
  /** It was enrolled again. */
  readonly onWelcome: (host: string) => void;
  readonly onLoaded: () => void;
}

/** Follows which hosts were removed from the fleet. */
export function watchRemovedHosts(
  buckets: Buckets,
  listener: RemovedHostsListener,
): OrderedSubscription {
  const hosts = new Map<string, string>();
  /** What a server that lost its data said before. */
  let unsaid = new Set<string>();
  const welcome = (key: string) => {
    const host = hosts.get(key);
    if (host !== undefined && hosts.delete(key)) listener.onWelcome(host);
  };
  return buckets.open(FleetBucket).watch({
    prefix: 'removed',
    onChange: (change) => {
      unsaid.delete(change.key);
      if (change.kind === 'delete') {
        welcome(change.key);
        return;
      }
      hosts.set(change.key, change.value.host);
      listener.onRemoved(change.value);
    },
    onReset: () => {
      unsaid = new Set(hosts.keys());
    },
    onReady: () => {
      // it may have been enrolled again meanwhile; if not, the collector says so again
      for (const key of unsaid) welcome(key);
      unsaid.clear();
      listener.onLoaded();
    },
  });
}
