import type { ActionName, ResourceId } from '@vigil/manifests';
import { stableId } from '../stable-id.js';

/** The id of a try at some causes: a repeated decision has the same id, in any order of its causes. */
export function actionIdOf(
  resource: ResourceId,
  action: ActionName,
  causeKeys: readonly string[],
  attempt: number,
): string {
  return stableId('act', resource, action, attempt, ...[...causeKeys].sort());
}
