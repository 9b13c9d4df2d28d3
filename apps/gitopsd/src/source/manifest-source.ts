import type { CommitInfo } from '@vigil/contracts';
import type { ManifestFile, ManifestProblem } from '@vigil/manifests';

/** Everything that one revision of a source holds. */
export interface SourceSnapshot {
  /** Commit id, or the digest of all files of a directory. */
  readonly revision: string;
  readonly commit?: CommitInfo;
  readonly files: readonly ManifestFile[];
  /** What keeps files from being read as text; any of them makes the revision invalid. */
  readonly problems: readonly ManifestProblem[];
  readonly warnings: readonly string[];
}

/** Nothing can be said about the source now: it changes nothing about what is in force. */
export interface SourceUnavailable {
  /** For people. */
  readonly unavailable: string;
}

/** Reads the present state of one kind of source. */
export interface SourceReader {
  readonly kind: 'directory' | 'git';
  read(signal: AbortSignal): Promise<SourceSnapshot | SourceUnavailable>;
  /** Paths whose changes mean that the source may have changed. */
  watchTargets(): Promise<readonly string[]>;
}

/** A source of desired state, wherever it lies. */
export interface ManifestSource {
  readonly name: string;
  readonly location: string;
  /** What it was when it was last read. */
  readonly kind: 'directory' | 'git';
  read(signal: AbortSignal): Promise<SourceSnapshot | SourceUnavailable>;
  /** Paths whose changes mean that the source may have changed. */
  watchTargets(): Promise<readonly string[]>;
}

/** Bounds of what is read from a source. */
export const SOURCE_LIMITS = {
  files: 10_000,
  bytesPerFile: 4 * 1024 * 1024,
  bytes: 64 * 1024 * 1024,
  /** Entries of a directory or tree that are looked at, manifests or not. */
  entries: 200_000,
} as const;

/** Too large to be read: nothing is wrong with the manifests, so that nothing changes. */
export function tooLarge(what: string, found: number, limit: number): SourceUnavailable {
  return { unavailable: `the source has ${found} ${what}, at most ${limit} are read` };
}
