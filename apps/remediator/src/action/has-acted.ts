import type { ActionView } from './action-view.js';

/**
 * True unless it is certain that the action has changed nothing on any host. What failed, or was cut
 * off by the end of its agent, has been begun; of what has no result nobody knows.
 */
export function hasActed({ operations }: Pick<ActionView, 'operations'>): boolean {
  return operations.some(({ finished }) => {
    if (finished === undefined) return true;
    const { status } = finished.result;
    return status !== 'refused' && status !== 'precondition-failed';
  });
}
