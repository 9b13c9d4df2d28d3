import {
  MAX_EARLIER_BYTES,
  MAX_EARLIER_MANIFESTS,
  type EarlierManifests,
  type ResourceMemory,
} from '@vigil/contracts';
import type { Service } from '@vigil/manifests';
import { asService } from './as-service.js';
import type { DesiredState } from './desired-state.js';

/** The manifest of a service that a digest stands for; undefined when that is not known any more. */
export type ManifestOf = (digest: string) => Service | undefined;

/** What the bucket has, and what is remembered of manifests that it has forgotten. */
export function manifestsOf(
  desired: Pick<DesiredState, 'manifest'>,
  memory: Pick<ResourceMemory, 'ranBy' | 'hold'> | undefined,
): ManifestOf {
  const { ranBy = [], hold } = memory ?? {};
  return (digest) =>
    asService(desired.manifest(digest)) ??
    ranBy.find((earlier) => earlier.digest === digest)?.service ??
    (hold?.heldDigest === digest ? hold.service : undefined);
}

/** The manifests of these digests that are known, but for the one that is wanted; as many as fit. */
export function earlierManifests(
  digests: readonly (string | undefined)[],
  wanted: string | undefined,
  manifestOf: ManifestOf,
): EarlierManifests {
  const earlier: EarlierManifests = [];
  let room = MAX_EARLIER_BYTES;
  for (const digest of [...new Set(digests)].sort()) {
    if (earlier.length === MAX_EARLIER_MANIFESTS) break;
    if (digest === undefined || digest === wanted) continue;
    const service = manifestOf(digest);
    const bytes = service === undefined ? 0 : Buffer.byteLength(JSON.stringify(service));
    if (service === undefined || bytes > room) continue;
    room -= bytes;
    earlier.push({ digest, service });
  }
  return earlier;
}
