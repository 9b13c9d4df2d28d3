import { access, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { GitCommands, GitFailed, type GitAccess } from '../git-commands.js';
import type { GitRef, RepositoryUrl } from '@vigil/manifests';
import { chooseRef, describeRef, parseRemoteRefs, patternsOf } from './remote-refs.js';

/** Where the commit that was fetched last is kept from being cleared away. */
const KEPT = 'refs/vigil/wanted';
/** Every fetch adds one; more than this are made one again. */
const MAX_PACKS = 20;
/** What a repository may take on this machine, bytes. */
const MAX_BYTES = 1024 ** 3;
const LOOK_AT_SIZE_MS = 250;
/** What git takes for no limit at all. */
const ALL_OF_IT = 2 ** 31 - 1;

/** The commit that is wanted; `unavailable` says why there is none now. */
export type Fetched = { readonly commit: string } | { readonly unavailable: string };

/**
 * The part of a remote repository that is needed, on this machine: the newest commit of one ref, without
 * its past. It can be lost at any time and is made again.
 */
export class Mirror {
  private readonly git: GitCommands;

  constructor(
    readonly directory: string,
    private readonly url: RepositoryUrl,
    private readonly wanted: GitRef,
    private readonly maxBytes = MAX_BYTES,
  ) {
    this.git = new GitCommands(directory);
  }

  /** Brings the commit that is wanted now here. @throws GitFailed */
  async fetch(granted: GitAccess, signal: AbortSignal): Promise<Fetched> {
    await this.make(signal);
    const found =
      'commit' in this.wanted
        ? await this.fetchCommit(this.wanted.commit, granted, signal)
        : await this.fetchRef(this.wanted, granted, signal);
    if ('commit' in found) await this.tidy(signal);
    return found;
  }

  private async make(signal: AbortSignal): Promise<void> {
    if (await exists(join(this.directory, 'HEAD'))) return;
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    // without a template there are no hooks
    await this.git.text(['init', '--quiet', '--bare', '--template='], signal);
  }

  private async fetchRef(
    wanted: Exclude<GitRef, { commit: string }>,
    granted: GitAccess,
    signal: AbortSignal,
  ): Promise<Fetched> {
    const list = ['ls-remote', '--quiet', '--', this.url.text, ...patternsOf(wanted)];
    const ref = chooseRef(parseRemoteRefs(await this.git.text(list, signal, granted)), wanted);
    if (ref === undefined) {
      return { unavailable: `${this.url.text} has no ${describeRef(wanted)}` };
    }
    if (!(await this.has(ref.id, signal))) {
      await this.load([`+${ref.name}:${KEPT}`], granted, signal);
    } else await this.keep(ref.id, signal);
    // it may have moved since it was listed
    return { commit: await this.kept(signal) };
  }

  private async fetchCommit(
    commit: string,
    granted: GitAccess,
    signal: AbortSignal,
  ): Promise<Fetched> {
    if (!(await this.has(commit, signal))) {
      await this.load([`+${commit}:${KEPT}`], granted, signal).catch(async (error: unknown) => {
        if (!(error instanceof GitFailed)) throw error;
        // not every server gives a commit that no ref names
        await this.load(
          ['+refs/heads/*:refs/vigil/heads/*', '+refs/tags/*:refs/vigil/tags/*'],
          granted,
          signal,
          true,
        );
      });
      if (!(await this.has(commit, signal))) {
        return { unavailable: `${this.url.text} has no ${describeRef(this.wanted)}` };
      }
    }
    await this.keep(commit, signal);
    return { commit };
  }

  private async load(
    refspecs: readonly string[],
    granted: GitAccess,
    signal: AbortSignal,
    withPast = false,
  ): Promise<void> {
    const tooLarge = new AbortController();
    const watching = this.watchSize(tooLarge);
    const options = [
      `--depth=${withPast ? ALL_OF_IT : 1}`,
      '--force',
      '--no-tags',
      '--no-write-fetch-head',
      '--no-recurse-submodules',
      '--no-auto-maintenance',
      // shows that it goes on
      '--progress',
    ];
    try {
      await this.git.text(
        ['fetch', ...options, '--', this.url.text, ...refspecs],
        AbortSignal.any([signal, tooLarge.signal]),
        granted,
      );
    } catch (error) {
      if (!tooLarge.signal.aborted) {
        await this.discardIfDamaged(signal);
        throw error;
      }
      await this.discard();
      throw new GitFailed(`it is larger than ${Math.round(this.maxBytes / 1024 ** 2)} MiB`, {
        cause: error,
      });
    } finally {
      watching.stop();
    }
  }

  /** The size is that of what has arrived so far: git itself sets no bound. */
  private watchSize(tooLarge: AbortController): { stop(): void } {
    const over = new AbortController();
    const look = async (): Promise<void> => {
      while (!over.signal.aborted) {
        await pause(LOOK_AT_SIZE_MS, undefined, { signal: over.signal });
        if ((await sizeOf(this.directory)) > this.maxBytes) tooLarge.abort();
      }
    };
    look().catch(() => undefined);
    return { stop: () => over.abort() };
  }

  private async has(commit: string, signal: AbortSignal): Promise<boolean> {
    const type = await this.git.text(['cat-file', '-t', commit], signal).catch(() => '');
    return type.trim() === 'commit';
  }

  private async keep(commit: string, signal: AbortSignal): Promise<void> {
    await this.git.text(['update-ref', KEPT, commit], signal);
  }

  private async kept(signal: AbortSignal): Promise<string> {
    const id = await this.git.text(['rev-parse', '--verify', `${KEPT}^{commit}`], signal);
    return id.trim();
  }

  /** What only former commits had is cleared away now and then. */
  private async tidy(signal: AbortSignal): Promise<void> {
    const packs = await readdir(join(this.directory, 'objects/pack')).catch(() => []);
    if (packs.filter((name) => name.endsWith('.pack')).length < MAX_PACKS) return;
    await this.git.text(['gc', '--quiet', '--prune=now'], signal);
  }

  /** What somebody or a full disk has damaged would never be read again. */
  private async discardIfDamaged(signal: AbortSignal): Promise<void> {
    const isRepository = await this.git.text(['rev-parse', '--git-dir'], signal).catch(() => '');
    if (isRepository === '') await this.discard();
  }

  /** It is made again by the next fetch. */
  async discard(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function sizeOf(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(
    () => [],
  );
  let bytes = 0;
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const info = await stat(join(entry.parentPath, entry.name)).catch(() => undefined);
    bytes += info?.size ?? 0;
  }
  return bytes;
}
