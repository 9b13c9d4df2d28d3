import type { ActionRequest, ResourceMemory } from '@vigil/contracts';
import type { ActionRecord } from '../action-history/action-record.js';

export type HoldMemory = NonNullable<ResourceMemory['hold']>;

/** What the log says about roll-backs of a resource. */
export interface RollbackHistory {
  readonly lastRollback: ActionRecord | undefined;
  /** The last time a person asked to bring the resource to its spec. */
  readonly lastRetry: ActionRecord | undefined;
}

/**
 * The hold after what happened since: begun by a roll-back of the declared spec, released when the
 * spec changed or a person retried. A released hold stays in memory, so that reading the same
 * roll-back again does not bring it back.
 */
export function nextHold(
  hold: HoldMemory | undefined,
  declaredDigest: string | undefined,
  { lastRollback, lastRetry }: RollbackHistory,
): HoldMemory | undefined {
  const current = begun(hold, declaredDigest, lastRollback) ?? hold;
  if (current === undefined || current.released) return current;
  const specChanged = declaredDigest !== undefined && declaredDigest !== current.failedDigest;
  const rolledBackAt =
    lastRollback?.request.actionId === current.actionId ? (lastRollback.ended?.at ?? 0) : 0;
  const retried = lastRetry !== undefined && lastRetry.request.requestedAt > rolledBackAt;
  return specChanged || retried ? { ...current, released: true } : current;
}

/** A roll-back of a repair *to* the held spec begins no hold: that would end the one it served. */
function begun(
  hold: HoldMemory | undefined,
  declaredDigest: string | undefined,
  rollback: ActionRecord | undefined,
): HoldMemory | undefined {
  if (rollback === undefined || rollback.request.actionId === hold?.actionId) return undefined;
  const { actionId, desiredDigest, correlationId } = rollback.request;
  const heldDigest = previousDigest(rollback.request);
  if (desiredDigest === undefined || desiredDigest !== declaredDigest) return undefined;
  if (heldDigest === undefined) return undefined;
  return { failedDigest: desiredDigest, heldDigest, actionId, correlationId, released: false };
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
