import type { ActionRequest } from '@vigil/contracts';
import type { Difference } from '@vigil/drift';

/** What takes a running replica down for a moment on the way. */
const REPLACING: ReadonlySet<string> = new Set(['restart', 'update']);

/**
 * Leaves out that a replica is down while an action replaces it: that is the action's own doing, and
 * no fault. If it stays down the action fails, has the resource no longer, and the fault shows. What
 * was open before goes on.
 */
export function withoutOwnEffects(
  differences: readonly Difference[],
  isOpen: (difference: string) => boolean,
  busy: Pick<ActionRequest, 'action' | 'targets'> | undefined,
): readonly Difference[] {
  if (busy === undefined || !REPLACING.has(busy.action)) return differences;
  return differences.filter(
    ({ id, type, host, replica }) =>
      type !== 'missing' ||
      isOpen(id) ||
      !busy.targets.some((target) => target.replica === replica && target.host === host),
  );
}
