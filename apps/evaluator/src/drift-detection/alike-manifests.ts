import type { EarlierManifests } from '@vigil/contracts';
import { makesTheSame } from '@vigil/drift';
import type { ActionRecord } from '../action-history/action-record.js';
import type { ManifestOf } from '../desired/earlier-manifests.js';

/**
 * One digest for all whose manifests make the same of a replica: a change of the mode, say, asks nothing
 * of replicas, so that they go on showing the older digest. There is nothing to go back to in that, and
 * what runs by one of them runs by the others.
 * @param first whose digests stand for the others; else it is the one that is asked for first
 */
export function alikeManifests(
  first: EarlierManifests,
  manifestOf: ManifestOf,
): (digest: string) => string {
  const leaders = [...first];
  const known = new Map(first.map(({ digest }) => [digest, digest]));
  const look = (digest: string): string => {
    const service = manifestOf(digest);
    if (service === undefined) return digest;
    const leader = leaders.find((each) => makesTheSame(each.service, service));
    if (leader !== undefined) return leader.digest;
    leaders.push({ digest, service });
    return digest;
  };
  return (digest) => {
    const found = known.get(digest) ?? look(digest);
    known.set(digest, found);
    return found;
  };
}

/** The action with what its targets ran by, seen so. */
export function withTargets(
  record: ActionRecord | undefined,
  alike: (digest: string) => string,
): ActionRecord | undefined {
  if (record === undefined) return undefined;
  const targets = record.request.targets.map((target) =>
    target.observedDigest === undefined
      ? target
      : { ...target, observedDigest: alike(target.observedDigest) },
  );
  return { ...record, request: { ...record.request, targets } };
}
