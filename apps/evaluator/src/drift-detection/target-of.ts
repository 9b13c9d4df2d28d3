import type { ActionTarget } from '@vigil/contracts';
import type { ObservedReplica } from '../observed/observed-state.js';

/** A replica as it is seen now, for whoever acts on it. */
export function targetOf({ host, replica: seen }: ObservedReplica): ActionTarget {
  const { replica, instance, specDigest, config } = seen;
  const target = { replica, host, instance, observedDigest: specDigest };
  if (config.container === undefined) return target;
  const { id, repoDigests } = config.container.image;
  return { ...target, observedImage: { id, repoDigests } };
}
