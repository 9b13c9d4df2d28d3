import type { CommitInfo } from '@vigil/contracts';

/** One entry of a commit's tree. */
export interface TreeEntry {
  /** `100644` and `100755` are files, `120000` links, `160000` submodules. */
  readonly mode: string;
  readonly id: string;
  readonly size: number;
  readonly path: string;
}

const ENTRY = /^(\d{6}) (\w+) ([0-9a-f]{40,64}) +(\d+|-)\t([^]+)$/;

/**
 * Reads `git ls-tree -r -z -l`. Undefined when any entry cannot be read: git prints `BAD` for the
 * size of an object that is missing, and a manifest must not vanish from a revision because of that.
 */
export function parseTree(output: string): TreeEntry[] | undefined {
  const entries: TreeEntry[] = [];
  for (const line of output.split('\0')) {
    if (line === '') continue;
    const match = ENTRY.exec(line);
    if (match === null) return undefined;
    const [, mode = '', , id = '', size = '', path = ''] = match;
    entries.push({ mode, id, size: size === '-' ? 0 : Number(size), path });
  }
  return entries;
}

/** What `git log` is asked to print for {@link parseCommit}. */
export const COMMIT_FORMAT = '%H%x00%an <%ae>%x00%ct%x00%B';

const MAX_MESSAGE = 4_096;
const MAX_AUTHOR = 512;

export function parseCommit(output: string): CommitInfo | undefined {
  const [id, author = '', seconds = '', ...message] = output.split('\0');
  if (id === undefined || !/^[0-9a-f]{40,64}$/.test(id)) return undefined;
  return {
    id,
    author: author.slice(0, MAX_AUTHOR),
    message: message.join('').trim().slice(0, MAX_MESSAGE),
    committedAt: Math.max(0, Number(seconds) * 1_000),
  };
}

const LINE_FEED = 10;

/**
 * Reads `git cat-file --batch`: `<id> blob <size>\n<content>\n` for each object.
 * @returns the contents by id, or undefined when an object is missing or the output ends too soon
 */
export function parseObjects(output: Buffer): Map<string, Buffer> | undefined {
  const contents = new Map<string, Buffer>();
  let at = 0;
  while (at < output.length) {
    const end = output.indexOf(LINE_FEED, at);
    if (end < 0) return undefined;
    const [id = '', type, size] = output.toString('latin1', at, end).split(' ');
    const length = Number(size);
    if (type !== 'blob' || !Number.isSafeInteger(length)) return undefined;
    const start = end + 1;
    if (start + length >= output.length) return undefined;
    contents.set(id, output.subarray(start, start + length));
    at = start + length + 1;
  }
  return contents;
}
