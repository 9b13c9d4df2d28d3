import { join, resolve } from 'node:path';
import { ManifestScope } from '../manifest-scope.js';
import type { SourceReader, SourceSnapshot, SourceUnavailable } from '../manifest-source.js';
import { CommitReader } from './commit-reader.js';
import { GitCommands, GitFailed } from './git-commands.js';

const WATCH_TIMEOUT_MS = 10_000;
const BRANCHES = 'refs/heads/';

/** Reads a repository on this machine, bare or not, at the branch of its HEAD. */
export class GitReader implements SourceReader {
  readonly kind = 'git';
  private readonly git: GitCommands;
  private readonly commits: CommitReader;

  constructor(private readonly path: string) {
    this.git = new GitCommands(path);
    this.commits = new CommitReader(this.git, new ManifestScope());
  }

  async read(signal: AbortSignal): Promise<SourceSnapshot | SourceUnavailable> {
    try {
      const commit = await this.head(signal);
      return 'unavailable' in commit ? commit : await this.commits.read(commit.id, signal);
    } catch (error) {
      if (!(error instanceof GitFailed)) throw error;
      return { unavailable: `cannot read ${this.path}: ${error.message}` };
    }
  }

  async watchTargets(): Promise<readonly string[]> {
    const args = ['rev-parse', '--absolute-git-dir', '--git-common-dir'];
    const found = await this.git.text(args, AbortSignal.timeout(WATCH_TIMEOUT_MS)).catch(() => '');
    // a linked work tree has a HEAD of its own and shares the branches
    const [own = this.path, common = own] = found.trim().split('\n').filter(Boolean);
    const shared = resolve(this.path, common);
    const branches = ['refs/heads', 'packed-refs', 'reftable'].map((name) => join(shared, name));
    return [join(own, 'HEAD'), ...branches];
  }

  private async head(signal: AbortSignal): Promise<{ id: string } | SourceUnavailable> {
    const ref = (await this.git.text(['symbolic-ref', '--quiet', 'HEAD'], signal)).trim();
    // a detached HEAD is somebody at work in the repository, not a revision that was agreed upon
    if (!ref.startsWith(BRANCHES)) return { unavailable: 'HEAD is detached, expected a branch' };
    const args = ['rev-parse', '--verify', '--quiet', ref];
    const id = await this.git.text(args, signal).catch(() => '');
    if (id.trim() !== '') return { id: id.trim() };
    const branch = ref.slice(BRANCHES.length);
    return { unavailable: `the branch ${branch} of ${this.path} has no commit` };
  }
}
