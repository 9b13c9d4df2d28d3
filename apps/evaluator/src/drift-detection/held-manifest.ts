import type { Service } from '@vigil/manifests';
import type { HoldMemory } from './hold.js';

/**
 * The hold with the manifest that it holds at, for as long as it is in force: gitopsd keeps in the bucket
 * what the newest revisions declare, and a hold may last for many more.
 * @param manifestOf undefined for a digest that is not known, or not any more
 */
export function withManifest(
  hold: HoldMemory | undefined,
  manifestOf: (digest: string) => Service | undefined,
): HoldMemory | undefined {
  if (hold === undefined) return undefined;
  const { service: kept, ...rest } = hold;
  const service = kept ?? manifestOf(hold.heldDigest);
  return hold.released || service === undefined ? rest : { ...rest, service };
}
