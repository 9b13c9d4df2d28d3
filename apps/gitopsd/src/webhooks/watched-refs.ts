import type { GitRef } from '@vigil/manifests';

/** True when one of the refs that were pushed may change what a source has. */
export function isWatched(wanted: GitRef, pushed: readonly string[] | undefined): boolean {
  // it does not say which, so that only a look can tell
  if (pushed === undefined) return true;
  return pushed.some((ref) => mayChange(wanted, ref));
}

function mayChange(wanted: GitRef, ref: string): boolean {
  if ('branch' in wanted) return ref === `refs/heads/${wanted.branch}`;
  if ('tag' in wanted) return ref === `refs/tags/${wanted.tag}`;
  if ('semver' in wanted) return ref.startsWith('refs/tags/');
  // which branch the HEAD of the server names, the server knows
  if ('head' in wanted) return ref.startsWith('refs/heads/');
  // a commit never changes, but this push may be the one that brings it
  return true;
}
