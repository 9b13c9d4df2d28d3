import type { GitRef } from '@vigil/manifests';
import semver from 'semver';

/** One line of `git ls-remote`; for an annotated tag, `id` is the commit that it is about. */
export interface RemoteRef {
  readonly name: string;
  readonly id: string;
}

const PEELED = '^{}';
const LINE = /^([0-9a-f]{40,64})\t(\S+)$/;

/** Reads `git ls-remote`. Lines that are no ref are left out: a server may say anything. */
export function parseRemoteRefs(output: string): RemoteRef[] {
  const refs = new Map<string, string>();
  for (const line of output.split('\n')) {
    const [, id = '', name = ''] = LINE.exec(line) ?? [];
    if (name === '') continue;
    if (name.endsWith(PEELED)) refs.set(name.slice(0, -PEELED.length), id);
    else if (!refs.has(name)) refs.set(name, id);
  }
  return [...refs].map(([name, id]) => ({ name, id }));
}

/** What is asked of the server, so that it need not list everything. */
export function patternsOf(wanted: Exclude<GitRef, { commit: string }>): string[] {
  if ('branch' in wanted) return [`refs/heads/${wanted.branch}`];
  if ('tag' in wanted) return [`refs/tags/${wanted.tag}`, `refs/tags/${wanted.tag}${PEELED}`];
  if ('semver' in wanted) return ['refs/tags/*'];
  return ['HEAD'];
}

/** The ref to be fetched; undefined when the repository has none. */
export function chooseRef(
  refs: readonly RemoteRef[],
  wanted: Exclude<GitRef, { commit: string }>,
): RemoteRef | undefined {
  if ('semver' in wanted) return newestIn(refs, wanted.semver);
  const [name] = patternsOf(wanted);
  return refs.find((ref) => ref.name === name);
}

/** For people: what was looked for. */
export function describeRef(wanted: GitRef): string {
  if ('branch' in wanted) return `branch ${wanted.branch}`;
  if ('tag' in wanted) return `tag ${wanted.tag}`;
  if ('semver' in wanted) return `tag in the range ${wanted.semver}`;
  if ('commit' in wanted) return `commit ${wanted.commit}`;
  return 'HEAD';
}

const TAGS = 'refs/tags/';

function newestIn(refs: readonly RemoteRef[], range: string): RemoteRef | undefined {
  const versions = refs.flatMap((ref) => {
    const version = ref.name.startsWith(TAGS)
      ? semver.parse(ref.name.slice(TAGS.length))
      : undefined;
    return version && semver.satisfies(version, range) ? [{ ref, version }] : [];
  });
  // of versions that are equal but for their build the later name, so that all of us choose alike
  versions.sort(
    (a, b) => semver.compare(b.version, a.version) || (a.ref.name < b.ref.name ? 1 : -1),
  );
  return versions[0]?.ref;
}
