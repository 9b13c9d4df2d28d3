import { makesTheSame } from '@vigil/drift';
import type { Service } from '@vigil/manifests';
import type { ActionRecord } from '../action-history/action-record.js';
import type { DeclaredService } from '../desired/desired-state.js';

/**
 * The declared digest in place of one whose manifest makes the same of a replica: a change of the mode,
 * say, asks nothing of replicas, so that they go on showing the older digest. There is nothing to go back
 * to in that.
 */
export function alikeTo(
  declared: Pick<DeclaredService, 'digest' | 'service'> | undefined,
  manifestOf: (digest: string) => Service | undefined,
): (digest: string) => string {
  const known = new Map<string, string>();
  const look = (digest: string): string => {
    if (declared === undefined || digest === declared.digest) return digest;
    const service = manifestOf(digest);
    const isAlike = service !== undefined && makesTheSame(service, declared.service);
    return isAlike ? declared.digest : digest;
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
  sameAsDeclared: (digest: string) => string,
): ActionRecord | undefined {
  if (record === undefined) return undefined;
  const targets = record.request.targets.map((target) =>
    target.observedDigest === undefined
      ? target
      : { ...target, observedDigest: sameAsDeclared(target.observedDigest) },
  );
  return { ...record, request: { ...record.request, targets } };
}
