import type { CommitInfo, RevisionEntry } from '@vigil/contracts';

/** A valid revision as PostgreSQL has it. */
export interface StoredRevision {
  readonly id: number;
  readonly source: string;
  readonly revision: string;
  /** Order in which the revisions of the source are put in force. */
  readonly generation: number;
  readonly commit: CommitInfo | undefined;
  readonly entries: readonly RevisionEntry[];
  readonly warnings: readonly string[];
  readonly correlationId: string;
  readonly createdAt: number;
  /** False as long as it is not known to be in force. */
  readonly applied: boolean;
}

type ResourceDigest = Pick<RevisionEntry, 'resource' | 'digest'>;

/** True when both declare the same resources with the same meaning, wherever they stand in the files. */
export function sameResources(
  left: readonly ResourceDigest[],
  right: readonly ResourceDigest[],
): boolean {
  if (left.length !== right.length) return false;
  const digests = new Map<string, string>(left.map(({ resource, digest }) => [resource, digest]));
  return right.every(({ resource, digest }) => digests.get(resource) === digest);
}

export type Change = 'added' | 'changed' | 'unchanged' | 'removed';

export interface ResourceChange {
  readonly resource: RevisionEntry['resource'];
  readonly digest: string;
  readonly change: Change;
}

/** What a revision changes; a removed resource carries the digest that it had. */
export function changesBetween(
  previous: readonly RevisionEntry[],
  next: readonly RevisionEntry[],
): ResourceChange[] {
  const before = new Map<string, string>(
    previous.map(({ resource, digest }) => [resource, digest]),
  );
  const kept = new Set<string>(next.map(({ resource }) => resource));
  const present = next.map(({ resource, digest }): ResourceChange => {
    const known = before.get(resource);
    if (known === undefined) return { resource, digest, change: 'added' };
    return { resource, digest, change: known === digest ? 'unchanged' : 'changed' };
  });
  const removed = previous
    .filter(({ resource }) => !kept.has(resource))
    .map(({ resource, digest }): ResourceChange => ({ resource, digest, change: 'removed' }));
  return [...present, ...removed];
}
