import { join, resolve } from 'node:path';
import type { ManifestProblem } from '@vigil/manifests';
import { decodeManifest, fileProblem } from '../decode-manifest.js';
import { isManifestPath } from '../manifest-path.js';
import {
  SOURCE_LIMITS,
  tooLarge,
  type SourceReader,
  type SourceSnapshot,
  type SourceUnavailable,
} from '../manifest-source.js';
import { GitCommands, GitFailed } from './git-commands.js';
import {
  COMMIT_FORMAT,
  parseCommit,
  parseObjects,
  parseTree,
  type TreeEntry,
} from './parse-git-output.js';

const WATCH_TIMEOUT_MS = 10_000;
const BRANCHES = 'refs/heads/';
const LINK = '120000';
const SUBMODULE = '160000';

/**
 * Reads a local Git repository, bare or not, at the branch of its HEAD. Files come from the commit's
 * tree, never from the work tree; links and submodules are neither followed nor read.
 */
export class GitReader implements SourceReader {
  readonly kind = 'git';
  private readonly git: GitCommands;
  private last: { snapshot: SourceSnapshot; contents: ReadonlyMap<string, Buffer> } | undefined;

  constructor(private readonly path: string) {
    this.git = new GitCommands(path);
  }

  async read(signal: AbortSignal): Promise<SourceSnapshot | SourceUnavailable> {
    try {
      const commit = await this.head(signal);
      if ('unavailable' in commit) return commit;
      if (this.last?.snapshot.revision === commit.id) return this.last.snapshot;
      return await this.readCommit(commit.id, signal);
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

  private async readCommit(
    id: string,
    signal: AbortSignal,
  ): Promise<SourceSnapshot | SourceUnavailable> {
    const log = ['log', '-1', '--no-show-signature', `--format=${COMMIT_FORMAT}`, id, '--'];
    const commit = parseCommit(await this.git.text(log, signal));
    const list = ['ls-tree', '-r', '-z', '-l', '--full-tree', id];
    const tree = parseTree(await this.git.text(list, signal));
    if (tree === undefined) throw new GitFailed(`objects of commit ${id} are missing or damaged`);
    const chosen = chooseFiles(tree);
    if ('unavailable' in chosen) return chosen;
    const contents = await this.contentsOf(chosen.files, signal);
    const snapshot = snapshotOf(id, chosen, contents);
    const complete = commit === undefined ? snapshot : { ...snapshot, commit };
    this.last = { snapshot: complete, contents };
    return complete;
  }

  /** Only what the last commit did not have is read. @throws GitFailed when an object is missing */
  private async contentsOf(
    entries: readonly TreeEntry[],
    signal: AbortSignal,
  ): Promise<Map<string, Buffer>> {
    const contents = new Map<string, Buffer>();
    const missing = new Set<string>();
    for (const { id } of entries) {
      const known = this.last?.contents.get(id);
      if (known === undefined) missing.add(id);
      else contents.set(id, known);
    }
    if (missing.size === 0) return contents;
    const read = parseObjects(await this.git.objects([...missing], signal));
    for (const id of missing) {
      const content = read?.get(id);
      if (content === undefined) throw new GitFailed(`the object ${id} is missing or damaged`);
      contents.set(id, content);
    }
    return contents;
  }
}

interface ChosenFiles {
  files: TreeEntry[];
  problems: ManifestProblem[];
  warnings: string[];
}

function chooseFiles(tree: readonly TreeEntry[]): ChosenFiles | SourceUnavailable {
  if (tree.length > SOURCE_LIMITS.entries) {
    return tooLarge('files', tree.length, SOURCE_LIMITS.entries);
  }
  const chosen: ChosenFiles = { files: [], problems: [], warnings: [] };
  for (const entry of tree) {
    if (entry.mode === SUBMODULE) {
      chosen.warnings.push(`${entry.path} is a submodule: it is not read`);
    } else if (isManifestPath(entry.path)) {
      if (entry.mode === LINK) chosen.warnings.push(`${entry.path} is a link: it is not read`);
      else if (entry.size > SOURCE_LIMITS.bytesPerFile) chosen.problems.push(tooLong(entry));
      else chosen.files.push(entry);
    }
  }
  if (chosen.files.length > SOURCE_LIMITS.files) {
    return tooLarge('manifests', chosen.files.length, SOURCE_LIMITS.files);
  }
  const bytes = chosen.files.reduce((sum, { size }) => sum + size, 0);
  if (bytes > SOURCE_LIMITS.bytes)
    return tooLarge('bytes of manifests', bytes, SOURCE_LIMITS.bytes);
  return chosen;
}

function tooLong({ path, size }: TreeEntry): ManifestProblem {
  return fileProblem(path, `found ${size} bytes, expected at most ${SOURCE_LIMITS.bytesPerFile}`);
}

function snapshotOf(
  revision: string,
  chosen: ChosenFiles,
  contents: ReadonlyMap<string, Buffer>,
): SourceSnapshot {
  const files = [];
  const problems = [...chosen.problems];
  for (const { path, id } of chosen.files) {
    const decoded = decodeManifest(path, contents.get(id) ?? Buffer.alloc(0));
    if ('file' in decoded) files.push(decoded.file);
    else problems.push(decoded.problem);
  }
  return { revision, files, problems, warnings: chosen.warnings };
}
