import { Injectable } from '@nestjs/common';
import { CommitInfo, ManifestError } from '@vigil/contracts';
import { Database, RevisionEntity } from '@vigil/storage';
import { z } from 'zod';

/** A revision that was refused, and why. */
export interface Rejection {
  readonly id: number;
  readonly source: string;
  readonly revision: string;
  readonly commit: CommitInfo | undefined;
  readonly errors: readonly ManifestError[];
  readonly correlationId: string;
  readonly createdAt: number;
  readonly announced: boolean;
}

const Errors = z.array(ManifestError);

/** Refused revisions in PostgreSQL. */
@Injectable()
export class RejectionStore {
  constructor(private readonly database: Database) {}

  /** The newest try of the source, when it was refused. */
  async latest(source: string): Promise<Rejection | undefined> {
    const row = await this.database.run((manager) =>
      manager.findOne(RevisionEntity, { where: { source }, order: { id: 'DESC' } }),
    );
    return row?.outcome === 'rejected' ? toRejection(row) : undefined;
  }

  async record(rejection: Omit<Rejection, 'id' | 'announced'>): Promise<Rejection> {
    const { identifiers } = await this.database.run((manager) =>
      manager.insert(RevisionEntity, {
        ...rejection,
        errors: [...rejection.errors],
        commit: rejection.commit ?? null,
        outcome: 'rejected',
        generation: null,
        entries: [],
        warnings: [],
        inForceAt: null,
        announced: false,
        pruned: true,
      }),
    );
    return { ...rejection, id: Number(identifiers[0]?.['id']), announced: false };
  }

  async markAnnounced({ id }: Rejection): Promise<void> {
    await this.database.run((manager) => manager.update(RevisionEntity, id, { announced: true }));
  }
}

function toRejection(row: RevisionEntity): Rejection {
  return {
    id: row.id,
    source: row.source,
    revision: row.revision,
    commit: row.commit === null ? undefined : CommitInfo.parse(row.commit),
    errors: Errors.parse(row.errors),
    correlationId: row.correlationId,
    createdAt: row.createdAt,
    announced: row.announced,
  };
}
