import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileProblem } from './decode-manifest.js';
import { CommitReader } from './git/commit-reader.js';
import { GitCommands, GitFailed } from './git/git-commands.js';
import { Mirror, type Fetched } from './git/remote/mirror.js';
import { prepareAccess, type RepositoryCredentials } from './git/remote/prepare-access.js';
import type { GitRef, RepositoryUrl } from '@vigil/manifests';
import { verifySignature, type Signers } from './git/remote/verify-signature.js';
import { ManifestScope, type ScopeOptions } from './manifest-scope.js';
import type { ManifestSource, SourceSnapshot, SourceUnavailable } from './manifest-source.js';

export interface RemoteSourceOptions {
  readonly url: RepositoryUrl;
  readonly ref: GitRef;
  readonly scope: ScopeOptions;
  readonly credentials: RepositoryCredentials;
  /** Of this source alone: what is fetched, and secrets for as long as a fetch takes. */
  readonly directory: string;
  /** Set: only what one of them has signed is valid. */
  readonly signers?: Signers | undefined;
  /** What of the repository may come to this machine; default 1 GiB. */
  readonly maxBytes?: number;
}

/** A repository on a server, at one of its branches, tags or commits. */
export class RemoteSource implements ManifestSource {
  readonly kind = 'git';
  readonly location: string;
  private readonly mirror: Mirror;
  private readonly git: GitCommands;
  private readonly commits: CommitReader;
  private readonly accessDirectory: string;

  constructor(
    readonly name: string,
    private readonly options: RemoteSourceOptions,
  ) {
    const { url, ref, scope, directory } = options;
    this.location = url.text;
    const repository = join(directory, 'repository.git');
    this.mirror = new Mirror(repository, url, ref, options.maxBytes);
    this.git = new GitCommands(repository);
    this.commits = new CommitReader(this.git, new ManifestScope(scope));
    this.accessDirectory = join(directory, 'access');
  }

  async read(signal: AbortSignal): Promise<SourceSnapshot | SourceUnavailable> {
    try {
      const fetched = await this.fetch(signal);
      if ('unavailable' in fetched) return fetched;
      const snapshot = await this.readCommit(fetched.commit, signal);
      return 'unavailable' in snapshot ? snapshot : await this.verified(snapshot, signal);
    } catch (error) {
      if (!(error instanceof GitFailed)) throw error;
      return { unavailable: `cannot read ${this.location}: ${error.message}` };
    }
  }

  /** Nothing on this machine tells of a push. */
  watchTargets(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }

  /** Whoever may push is not thereby one of the signers: what they have not signed is not valid. */
  private async verified(
    snapshot: SourceSnapshot,
    signal: AbortSignal,
  ): Promise<SourceSnapshot | SourceUnavailable> {
    const { signers, directory } = this.options;
    if (signers === undefined) return snapshot;
    const keys = { signers, directory: join(directory, 'signers') };
    try {
      const outcome = await verifySignature(this.git, snapshot.revision, keys, signal);
      if ('problem' in outcome) return { unavailable: outcome.problem };
      if (outcome.verdict === 'good') return snapshot;
      const message = `commit ${snapshot.revision}: found ${outcome.why}, expected one by a signer of the source`;
      return { ...snapshot, problems: [...snapshot.problems, fileProblem('', message)] };
    } finally {
      await rm(keys.directory, { recursive: true, force: true });
    }
  }

  /** What cannot be read after it was fetched is damaged: the next look fetches all of it again. */
  private async readCommit(
    commit: string,
    signal: AbortSignal,
  ): Promise<SourceSnapshot | SourceUnavailable> {
    try {
      return await this.commits.read(commit, signal);
    } catch (error) {
      if (error instanceof GitFailed && !signal.aborted) await this.mirror.discard();
      throw error;
    }
  }

  private async fetch(signal: AbortSignal): Promise<Fetched> {
    const { url, credentials } = this.options;
    try {
      const access = await prepareAccess(this.accessDirectory, url, credentials);
      if ('problem' in access) return { unavailable: access.problem };
      return await this.mirror.fetch(access, signal);
    } finally {
      await rm(this.accessDirectory, { recursive: true, force: true });
    }
  }
}
