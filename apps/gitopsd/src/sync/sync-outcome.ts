import type { CommitInfo } from '@vigil/contracts';
import type { ManifestProblem } from '@vigil/manifests';

/** What came of one look at a source. */
export type SyncOutcome =
  /** The newest revision is in force; `changed` is false when it already was. */
  | {
      readonly kind: 'applied';
      readonly revision: string;
      readonly changed: boolean;
    }
  /** The newest revision is invalid; the last good one stays in force. */
  | {
      readonly kind: 'rejected';
      readonly revision: string;
      readonly errors: readonly ManifestProblem[];
    }
  /** The newest revision is valid, but the source is suspended. */
  | { readonly kind: 'suspended'; readonly revision: string; readonly message: string }
  /** The source cannot be read: nothing is known, and nothing changes. */
  | { readonly kind: 'unavailable'; readonly message: string };

/** What is in force, for the status of a source. */
export interface InForceSummary {
  readonly revision: string;
  readonly commit: CommitInfo | undefined;
  readonly resources: number;
  readonly warnings: readonly string[];
}
