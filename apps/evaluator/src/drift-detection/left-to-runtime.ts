import { compareReplica, isChangedInPlace } from '@vigil/drift';
import type { EffectiveService } from '../desired/effective-service.js';
import type { ObservedReplica } from '../observed/observed-state.js';

/**
 * An engine waits before it restarts what has ended, from 100 ms twice as long each time up to a minute
 * (moby, `restartmanager`); starting takes its time as well.
 */
const LONGEST_WAIT_MS = 65_000;

interface Circumstances {
  readonly effective: Pick<EffectiveService, 'service' | 'images'> | undefined;
  readonly now: number;
  readonly seenAt: (host: string) => number;
  readonly observedAt: (host: string) => number;
}

/**
 * Until when a replica that has ended is left to its runtime, which is about to start it again by itself:
 * nobody is quicker, and two that restart it are in each other's way. Undefined when it is not: the runtime
 * has not done so for too long, or what it would start is not what is wanted. Of that it may never be
 * seen running, when it ends at once each time.
 */
export function leftToRuntimeUntil(
  { host, replica }: ObservedReplica,
  { effective, now, seenAt, observedAt }: Circumstances,
): number | undefined {
  if (replica.restarting !== true || replica.exitedAt === undefined) return undefined;
  if (effective === undefined) return undefined;
  // limits can be changed when it runs
  if (!compareReplica(effective, replica).every(isChangedInPlace)) return undefined;
  // how long ago it ended by the clock of its host, which may be another than ours
  const exitedAt = seenAt(host) - Math.max(0, observedAt(host) - replica.exitedAt);
  const until = exitedAt + LONGEST_WAIT_MS;
  return until > now ? until : undefined;
}
