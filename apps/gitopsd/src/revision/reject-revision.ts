import { Injectable } from '@nestjs/common';
import type { CommitInfo } from '@vigil/contracts';
import type { ManifestProblem } from '@vigil/manifests';
import { Clock } from '@vigil/service';
import { isDeepStrictEqual } from 'node:util';
import { Announcements } from './announcements.js';
import { RejectionStore, type Rejection } from './rejection.store.js';

export interface InvalidRevision {
  readonly source: string;
  readonly revision: string;
  readonly commit: CommitInfo | undefined;
  readonly errors: readonly ManifestProblem[];
  readonly correlationId: string;
}

/** Errors of one revision that are kept; a person needs the first ones. */
const MAX_ERRORS = 100;

/** Records that a revision was refused, and tells everybody once. The last good one stays in force. */
@Injectable()
export class RejectRevision {
  constructor(
    private readonly rejections: RejectionStore,
    private readonly announcements: Announcements,
    private readonly clock: Clock,
  ) {}

  async execute(invalid: InvalidRevision, inForce: string | undefined): Promise<Rejection> {
    const errors = invalid.errors.slice(0, MAX_ERRORS);
    const latest = await this.rejections.latest(invalid.source);
    if (latest !== undefined && isSameRejection(latest, invalid.revision, errors)) {
      return this.announce(latest, inForce);
    }
    const createdAt = this.clock.now();
    return this.announce(await this.rejections.record({ ...invalid, errors, createdAt }), inForce);
  }

  private async announce(rejection: Rejection, inForce: string | undefined): Promise<Rejection> {
    if (rejection.announced) return rejection;
    await this.announcements.rejected(rejection, inForce);
    await this.rejections.markAnnounced(rejection);
    return { ...rejection, announced: true };
  }
}

function isSameRejection(
  latest: Rejection,
  revision: string,
  errors: readonly ManifestProblem[],
): boolean {
  return latest.revision === revision && isDeepStrictEqual(latest.errors, errors);
}
