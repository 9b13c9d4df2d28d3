import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { ManifestProblem } from '@vigil/manifests';
import { fileProblem } from '../decode-manifest.js';
import { codeOf } from '../error-code.js';
import { isManifestPath } from '../manifest-path.js';
import { SOURCE_LIMITS, tooLarge, type SourceUnavailable } from '../manifest-source.js';

/** One manifest file of a directory, before it is read. */
export interface ListedFile {
  /** Relative to the directory, with slashes. */
  readonly path: string;
  readonly absolute: string;
  readonly size: number;
  /** Changes whenever the file is written or replaced. */
  readonly stamp: string;
}

export interface DirectoryListing {
  readonly files: readonly ListedFile[];
  readonly problems: readonly ManifestProblem[];
}

/**
 * The manifests below a directory, in the order of their paths. Links to files are followed as long
 * as they stay within the directory (that is how mounted configuration is swapped); links to
 * directories are not.
 * @throws what the file system throws
 */
export async function listDirectory(root: string): Promise<DirectoryListing | SourceUnavailable> {
  const base = await realpath(root);
  const listing = { files: new Array<ListedFile>(), problems: new Array<ManifestProblem>() };
  const folders = [''];
  let entries = 0;
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    for (const entry of await readdir(join(base, folder), { withFileTypes: true })) {
      entries += 1;
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && !entry.name.startsWith('.')) folders.push(path);
      if (!isManifestPath(path)) continue;
      if (entry.isFile() || entry.isSymbolicLink()) await addFile(base, path, listing);
    }
    if (entries > SOURCE_LIMITS.entries) return tooLarge('entries', entries, SOURCE_LIMITS.entries);
  }
  return overLimit(listing.files) ?? inOrder(listing);
}

async function addFile(
  base: string,
  path: string,
  listing: { files: ListedFile[]; problems: ManifestProblem[] },
): Promise<void> {
  // undefined for a link to nothing; a file that has just gone away is missing in the next listing
  const absolute = await realpath(join(base, path)).catch(ifMissing);
  if (absolute === undefined) {
    listing.problems.push(fileProblem(path, 'found a link to nothing, expected a file'));
    return;
  }
  if (!absolute.startsWith(base + sep)) {
    listing.problems.push(
      fileProblem(path, 'found a link that leads out of the source, expected a file in it'),
    );
    return;
  }
  const info = await stat(absolute);
  if (!info.isFile()) return;
  const stamp = `${info.ino}:${info.size}:${info.mtimeMs}:${info.ctimeMs}`;
  listing.files.push({ path, absolute, size: info.size, stamp });
}

function ifMissing(error: unknown): undefined {
  if (codeOf(error) === 'ENOENT') return undefined;
  throw error;
}

function overLimit(files: readonly ListedFile[]): SourceUnavailable | undefined {
  if (files.length > SOURCE_LIMITS.files) {
    return tooLarge('manifests', files.length, SOURCE_LIMITS.files);
  }
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  return bytes > SOURCE_LIMITS.bytes
    ? tooLarge('bytes of manifests', bytes, SOURCE_LIMITS.bytes)
    : undefined;
}

function inOrder({ files, problems }: DirectoryListing): DirectoryListing {
  return { files: files.toSorted((a, b) => (a.path < b.path ? -1 : 1)), problems };
}
