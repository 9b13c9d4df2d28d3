import type { ManifestProblem } from '@vigil/manifests';
import { decodeManifest, fileProblem } from '../decode-manifest.js';
import {
  SOURCE_LIMITS,
  tooLarge,
  type SourceSnapshot,
  type SourceUnavailable,
} from '../manifest-source.js';
import type { ManifestScope } from '../manifest-scope.js';
import { GitFailed, type GitCommands } from './git-commands.js';
import {
  COMMIT_FORMAT,
  parseCommit,
  parseObjects,
  parseTree,
  type TreeEntry,
} from './parse-git-output.js';

/** Its message and signatures. */
const MAX_COMMIT_BYTES = 1024 ** 2;
const LINK = '120000';
const SUBMODULE = '160000';

/**
 * Reads the manifests of one commit of a repository on this machine. Files come from the commit's tree,
 * never from a work tree; links and submodules are neither followed nor read.
 */
export class CommitReader {
  private last: { snapshot: SourceSnapshot; contents: ReadonlyMap<string, Buffer> } | undefined;

  constructor(
    private readonly git: GitCommands,
    private readonly scope: ManifestScope,
  ) {}

  /** @throws GitFailed when an object is missing or damaged */
  async read(id: string, signal: AbortSignal): Promise<SourceSnapshot | SourceUnavailable> {
    if (this.last?.snapshot.revision === id) return this.last.snapshot;
    const size = Number(await this.git.text(['cat-file', '-s', id], signal));
    if (size > MAX_COMMIT_BYTES) return tooLarge('bytes of commit', size, MAX_COMMIT_BYTES);
    const log = ['log', '-1', '--no-show-signature', `--format=${COMMIT_FORMAT}`, id, '--'];
    const commit = parseCommit(await this.git.text(log, signal));
    const list = ['ls-tree', '-r', '-z', '-l', '--full-tree', id];
    const tree = parseTree(await this.git.text(list, signal));
    if (tree === undefined) throw new GitFailed(`objects of commit ${id} are missing or damaged`);
    const chosen = chooseFiles(tree, this.scope);
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

function chooseFiles(
  tree: readonly TreeEntry[],
  scope: ManifestScope,
): ChosenFiles | SourceUnavailable {
  if (tree.length > SOURCE_LIMITS.entries) {
    return tooLarge('files', tree.length, SOURCE_LIMITS.entries);
  }
  const chosen: ChosenFiles = { files: [], problems: [], warnings: [] };
  for (const entry of tree) {
    if (entry.mode === SUBMODULE) {
      if (scope.mayHold(entry.path)) {
        chosen.warnings.push(`${entry.path} is a submodule: it is not read`);
      }
    } else if (scope.has(entry.path)) {
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
