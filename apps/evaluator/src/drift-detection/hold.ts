import type { ActionRequest, ResourceMemory } from '@vigil/contracts';
import type { ActionRecord } from '../action-history/action-record.js';
import {
  failedImages,
  goodImages,
  hasMovedAgain,
  isAsNamed,
  withOthers,
  type CurrentReplica,
} from './held-images.js';

export type HoldMemory = NonNullable<ResourceMemory['hold']>;

/** The hold that is in force, of what is remembered. */
export function activeHold(memory: Pick<ResourceMemory, 'hold'> | undefined) {
  return memory?.hold?.released === false ? memory.hold : undefined;
}

/** What the log says about roll-backs of a resource. */
export interface RollbackHistory {
  readonly lastRollback: ActionRecord | undefined;
  /** The last time a person asked to bring the resource to its spec. */
  readonly lastRetry: ActionRecord | undefined;
}

/**
 * The hold after what happened since: begun by a roll-back of the declared spec, or of what its tag
 * named; released when the spec changed, the tag names something else again, or a person retried. A
 * released hold stays in memory, so that reading the same roll-back again does not bring it back.
 * @param present asked only where something depends on it: there may be many
 */
export function nextHold(
  hold: HoldMemory | undefined,
  declaredDigest: string | undefined,
  { lastRollback, lastRetry }: RollbackHistory,
  present: () => readonly CurrentReplica[],
): HoldMemory | undefined {
  const current = begun(hold, declaredDigest, lastRollback, present) ?? grown(hold, present);
  if (current === undefined || current.released) return current;
  const specChanged = declaredDigest !== undefined && declaredDigest !== current.failedDigest;
  const retried = isAfter(lastRetry, beganAt(current, lastRollback));
  const isOver = specChanged || retried || hasMovedAgain(current, present);
  return isOver ? { ...current, released: true } : current;
}

/** With the images of hosts that were not heard when it began; not what people make of others meanwhile. */
function grown(
  hold: HoldMemory | undefined,
  present: () => readonly CurrentReplica[],
): HoldMemory | undefined {
  if (hold?.images === undefined || hold.released) return hold;
  const asNamed = present().filter((seen) => isAsNamed(seen, hold.service));
  const images = withOthers(hold.images, hold, asNamed);
  return images.length === hold.images.length ? hold : { ...hold, images };
}

/** Asked for since, or done since, by the clock that says when it was rolled back. */
function isAfter(retry: ActionRecord | undefined, at: number): boolean {
  if (retry === undefined) return false;
  const { loggedAt, state, ended } = retry;
  return loggedAt > at || (state === 'succeeded' && ended !== undefined && ended.at > at);
}

/** Unix ms; of a hold that does not say so, by the log as far as that still shows its roll-back. */
function beganAt({ rolledBackAt, actionId }: HoldMemory, last: ActionRecord | undefined): number {
  return rolledBackAt ?? (last?.request.actionId === actionId ? last.ended?.at : undefined) ?? 0;
}

/** A scale that fails says nothing of the spec, nor does what could not be taken over. */
const LAUNCHES: ReadonlySet<ActionRequest['action']> = new Set(['start', 'restart', 'update']);

/** A roll-back of a repair *to* what is held begins no hold: that would end the one it served. */
function begun(
  hold: HoldMemory | undefined,
  declaredDigest: string | undefined,
  rollback: ActionRecord | undefined,
  present: () => readonly CurrentReplica[],
): HoldMemory | undefined {
  if (rollback === undefined || rollback.request.actionId === hold?.actionId) return undefined;
  const { request, movedTo, ended } = rollback;
  const { actionId, desiredDigest, correlationId } = request;
  if (desiredDigest === undefined || desiredDigest !== declaredDigest) return undefined;
  if (request.images !== undefined || !LAUNCHES.has(request.action)) return undefined;
  const previous = previousDigest(request);
  // with another manifest it is that which failed
  const tried = previous === undefined ? movedTo : [];
  const heldDigest = previous ?? (tried.length > 0 ? desiredDigest : undefined);
  if (heldDigest === undefined) return undefined;
  const replicas = present();
  const images = goodImages(request, tried, heldDigest, replicas);
  const failed =
    tried.length === 0 ? {} : { failedImages: failedImages(tried, images, heldDigest, replicas) };
  return {
    failedDigest: desiredDigest,
    heldDigest,
    ...(images.length === 0 ? {} : { images }),
    ...failed,
    actionId,
    correlationId,
    ...(ended === undefined ? {} : { rolledBackAt: ended.at }),
    released: false,
  };
}

/** What most of the replicas ran with before. */
function previousDigest({ targets, desiredDigest }: ActionRequest): string | undefined {
  const counts = new Map<string, number>();
  for (const { observedDigest } of targets) {
    if (observedDigest === undefined || observedDigest === desiredDigest) continue;
    counts.set(observedDigest, (counts.get(observedDigest) ?? 0) + 1);
  }
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))[0]?.[0];
}
