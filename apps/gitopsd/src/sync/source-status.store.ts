import { Injectable } from '@nestjs/common';
import { Database } from '@vigil/storage';
import type { ManifestProblem } from '@vigil/manifests';
import type { InForceSummary, SyncOutcome } from './sync-outcome.js';

/** What one attempt tells about a source. */
export interface SourceAttempt {
  readonly name: string;
  readonly kind: 'directory' | 'git';
  readonly location: string;
  /** Absent when PostgreSQL or NATS kept the attempt from its end. */
  readonly outcome: SyncOutcome | undefined;
  /** Why there is no outcome. */
  readonly problem?: string;
  /** Absent when it is not known now: the row keeps what it says. */
  readonly inForce: InForceSummary | undefined;
  readonly at: number;
  readonly nextAttemptAt: number;
}

/** The row of each source in PostgreSQL, for people. */
@Injectable()
export class SourceStatusStore {
  constructor(private readonly database: Database) {}

  /** Forgets a source that there is no more. */
  async remove(name: string): Promise<void> {
    await this.database.run((manager) =>
      manager.query('DELETE FROM sources WHERE name = $1', [name]),
    );
  }

  async record(attempt: SourceAttempt): Promise<void> {
    const { outcome, inForce } = attempt;
    const succeeded = outcome?.kind === 'applied' || outcome?.kind === 'suspended';
    await this.database.run((manager) =>
      manager.query(
        `INSERT INTO sources AS present
           (name, kind, location, status, message, revision, commit, resources, tried_revision,
            errors, warnings, last_attempt_at, last_success_at, next_attempt_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, COALESCE($8, 0), $9, $10::jsonb,
                 COALESCE($11::jsonb, '[]'), $12, $13, $14)
         ON CONFLICT (name) DO UPDATE SET
           kind = EXCLUDED.kind, location = EXCLUDED.location, status = EXCLUDED.status,
           message = EXCLUDED.message,
           revision = CASE WHEN $15 THEN EXCLUDED.revision ELSE present.revision END,
           commit = CASE WHEN $15 THEN EXCLUDED.commit ELSE present.commit END,
           resources = CASE WHEN $15 THEN EXCLUDED.resources ELSE present.resources END,
           warnings = CASE WHEN $15 THEN EXCLUDED.warnings ELSE present.warnings END,
           tried_revision = COALESCE(EXCLUDED.tried_revision, present.tried_revision),
           errors = CASE WHEN $16 THEN EXCLUDED.errors ELSE present.errors END,
           last_attempt_at = EXCLUDED.last_attempt_at,
           last_success_at = COALESCE(EXCLUDED.last_success_at, present.last_success_at),
           next_attempt_at = EXCLUDED.next_attempt_at`,
        [
          attempt.name,
          attempt.kind,
          attempt.location,
          statusOf(outcome),
          messageOf(attempt),
          inForce?.revision ?? null,
          inForce?.commit === undefined ? null : JSON.stringify(inForce.commit),
          inForce?.resources ?? null,
          outcome !== undefined && 'revision' in outcome ? outcome.revision : null,
          JSON.stringify(errorsOf(outcome)),
          inForce === undefined ? null : JSON.stringify(inForce.warnings),
          new Date(attempt.at),
          succeeded ? new Date(attempt.at) : null,
          new Date(attempt.nextAttemptAt),
          inForce !== undefined,
          // a source that cannot be read says nothing about the errors of its last revision
          outcome !== undefined && outcome.kind !== 'unavailable',
        ],
      ),
    );
  }
}

function statusOf(outcome: SyncOutcome | undefined): string {
  switch (outcome?.kind) {
    case 'applied':
      return 'Synced';
    case 'rejected':
      return 'Rejected';
    case 'suspended':
      return 'Suspended';
    case 'unavailable':
      return 'Unknown';
    case undefined:
      return 'Pending';
  }
}

function messageOf({ outcome, problem }: SourceAttempt): string | null {
  switch (outcome?.kind) {
    case 'applied':
      return null;
    case 'rejected':
      return `revision ${outcome.revision} is invalid: ${outcome.errors.length} problems`;
    case 'suspended':
    case 'unavailable':
      return outcome.message;
    case undefined:
      return problem ?? null;
  }
}

function errorsOf(outcome: SyncOutcome | undefined): readonly ManifestProblem[] {
  return outcome?.kind === 'rejected' ? outcome.errors : [];
}
