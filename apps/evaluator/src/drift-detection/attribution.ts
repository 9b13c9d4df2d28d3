import type { DriftRecord } from '@vigil/contracts';
import { isMovedTag } from '@vigil/drift';
import type { ObservedReplica } from '../observed/observed-state.js';

/**
 * A container that somebody made anew was begun a moment after the last thing that the engine said of
 * how it was made, milliseconds.
 */
const LAUNCH_MS = 5_000;

/**
 * Who or what changed the host, as far as it can tell. What was done to a replica before its present
 * launch explains that launch at most, and nothing that became of it later; a roll-out that is due has
 * nobody to blame, and who moves a tag does nothing to a replica.
 */
export function attributionOf(
  difference: Pick<DriftRecord, 'type' | 'class' | 'host'> & {
    readonly replica?: number | undefined;
  },
  observed: readonly ObservedReplica[],
): string | undefined {
  if (difference.class !== 'corrective') return undefined;
  const seen = observed.find(
    ({ host, replica }) => host === difference.host && replica.replica === difference.replica,
  )?.replica;
  const change = seen?.lastForeignChange;
  if (seen === undefined || change === undefined) return undefined;
  const image = seen.config.container?.image;
  if (difference.type === 'image' && image !== undefined && isMovedTag(image)) return undefined;
  const isAboutLaunch = difference.type !== 'missing' && difference.type !== 'health';
  const since = seen.startedAt - (isAboutLaunch ? LAUNCH_MS : 0);
  if (change.at < since) return undefined;
  return `${change.what}, not by Vigil, at ${new Date(change.at).toISOString()}`;
}
