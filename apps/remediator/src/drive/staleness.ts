import type { ActionReason, ActionRequest } from '@vigil/contracts';

/** However often a resource is checked, what was decided this long ago still holds, milliseconds. */
const MIN_HOLDS_MS = 30_000;

/** After so many intervals of its check more is known about a resource than when it was decided. */
const INTERVALS = 3;

/**
 * Why what Vigil itself asked for at `decidedAt` (Unix ms) is not done any more: Git, a hold or the
 * state of the hosts may have changed while it waited. The evaluator decides anew, at once, from what
 * is true now. Undefined while it holds, and for a person's own request, which holds until it ends.
 */
export function stalenessOf(
  request: Pick<ActionRequest, 'operator' | 'service'>,
  decidedAt: number,
  now: number,
): ActionReason | undefined {
  if (request.operator !== undefined) return undefined;
  const intervalMs = request.service?.spec.healthCheck?.intervalMs ?? 0;
  const ageMs = now - decidedAt;
  if (ageMs <= Math.max(MIN_HOLDS_MS, INTERVALS * intervalMs)) return undefined;
  const message = `decided ${Math.floor(ageMs / 1000)} s ago: what was true then may not be true now`;
  return { code: 'stale', message, nextAttemptAt: now };
}
