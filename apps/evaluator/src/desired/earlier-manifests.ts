import {
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
  memory: Pick<ResourceMemory, 'ranBy'> | undefined,
): ManifestOf {
  return (digest) =>
    asService(desired.manifest(digest)) ??
    memory?.ranBy?.find((earlier) => earlier.digest === digest)?.service;
}

/** The manifests of these digests that are known, but for the one that is wanted. */
export function earlierManifests(
  digests: readonly (string | undefined)[],
  wanted: string | undefined,
  manifestOf: ManifestOf,
): EarlierManifests {
  const earlier = [...new Set(digests)].sort().flatMap((digest) => {
    const service = digest === undefined || digest === wanted ? undefined : manifestOf(digest);
    return digest === undefined || service === undefined ? [] : [{ digest, service }];
  });
  return earlier.slice(0, MAX_EARLIER_MANIFESTS);
}
