import { createHash } from 'node:crypto';
import { readFile, realpath } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { describeError } from '@vigil/service';
import { decodeManifest } from '../decode-manifest.js';
import type { SourceReader, SourceSnapshot, SourceUnavailable } from '../manifest-source.js';
import { codeOf } from '../error-code.js';
import { listDirectory, type DirectoryListing } from './list-directory.js';

/** Attempts at a picture of the directory during which nothing in it changed. */
const ATTEMPTS = 5;
const SETTLE_MS = 20;

/** Reads a plain directory. Its revision is the digest of the paths and contents of all manifests. */
export class DirectoryReader implements SourceReader {
  readonly kind = 'directory';
  private last: { stamp: string; snapshot: SourceSnapshot } | undefined;

  constructor(private readonly path: string) {}

  async read(signal: AbortSignal): Promise<SourceSnapshot | SourceUnavailable> {
    try {
      return await this.readSettled(signal);
    } catch (error) {
      // a vanished folder, a denied permission: a failed fetch is no empty source
      return { unavailable: `cannot read ${this.path}: ${reasonOf(error)}` };
    }
  }

  async watchTargets(): Promise<readonly string[]> {
    const real = await realpath(this.path).catch(() => this.path);
    // the link as well, when it is one: it may be swapped to another directory
    return real === this.path ? [this.path] : [real, this.path];
  }

  private async readSettled(signal: AbortSignal): Promise<SourceSnapshot | SourceUnavailable> {
    let before = await listDirectory(this.path);
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      signal.throwIfAborted();
      if ('unavailable' in before) return before;
      const stamp = stampOf(before);
      if (this.last?.stamp === stamp) return this.last.snapshot;
      const snapshot = await readListed(before).catch(ifGone);
      const after = await listDirectory(this.path);
      if (snapshot !== undefined && !('unavailable' in after) && stampOf(after) === stamp) {
        this.last = { stamp, snapshot };
        return snapshot;
      }
      before = after;
      await pause(SETTLE_MS);
    }
    return { unavailable: `${this.path} changes faster than it can be read` };
  }
}

async function readListed(listing: DirectoryListing): Promise<SourceSnapshot> {
  const hash = createHash('sha256');
  const files = [];
  const problems = [...listing.problems];
  for (const { path, absolute } of listing.files) {
    const bytes = await readFile(absolute);
    hash.update(`${Buffer.byteLength(path)}:${path}${bytes.byteLength}:`).update(bytes);
    const decoded = decodeManifest(path, bytes);
    if ('file' in decoded) files.push(decoded.file);
    else problems.push(decoded.problem);
  }
  for (const { file, message } of listing.problems) hash.update(`!${file}:${message}`);
  return { revision: hash.digest('hex'), files, problems, warnings: [] };
}

/** A file that went away between listing and reading: the next listing will not have it. */
function ifGone(error: unknown): undefined {
  if (codeOf(error) === 'ENOENT') return undefined;
  throw error;
}

function stampOf({ files, problems }: DirectoryListing): string {
  return JSON.stringify([files.map(({ path, stamp }) => [path, stamp]), problems]);
}

function reasonOf(error: unknown): string {
  switch (codeOf(error)) {
    case 'ENOENT':
      return 'it does not exist';
    case 'EACCES':
    case 'EPERM':
      return 'access is denied';
    case 'ENOTDIR':
      return 'it is no directory';
    default:
      return describeError(error);
  }
}
