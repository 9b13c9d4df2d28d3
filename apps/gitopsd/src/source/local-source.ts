import { access, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DirectoryReader } from './directory/directory-reader.js';
import { GitReader } from './git/git-reader.js';
import type {
  ManifestSource,
  SourceReader,
  SourceSnapshot,
  SourceUnavailable,
} from './manifest-source.js';

/**
 * A path of this machine: the root of a Git repository, or any other directory. Which of the two is
 * looked at anew for every read, because `git init` may come later.
 */
export class LocalSource implements ManifestSource {
  readonly location: string;
  private reader: SourceReader;

  constructor(
    readonly name: string,
    path: string,
  ) {
    this.location = resolve(path);
    this.reader = new DirectoryReader(this.location);
  }

  get kind(): 'directory' | 'git' {
    return this.reader.kind;
  }

  async read(signal: AbortSignal): Promise<SourceSnapshot | SourceUnavailable> {
    await this.chooseReader();
    return this.reader.read(signal);
  }

  async watchTargets(): Promise<readonly string[]> {
    await this.chooseReader();
    return this.reader.watchTargets();
  }

  private async chooseReader(): Promise<void> {
    const kind = (await isRepository(this.location)) ? 'git' : 'directory';
    if (kind === this.reader.kind) return;
    this.reader =
      kind === 'git' ? new GitReader(this.location) : new DirectoryReader(this.location);
  }
}

/** True for a work tree's root (with `.git`) and for a bare repository. */
async function isRepository(path: string): Promise<boolean> {
  if (await exists(join(path, '.git'))) return true;
  const parts = await Promise.all([
    stat(join(path, 'HEAD')).then(
      (info) => info.isFile(),
      () => false,
    ),
    exists(join(path, 'objects')),
    exists(join(path, 'refs')),
  ]);
  return parts.every(Boolean);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
