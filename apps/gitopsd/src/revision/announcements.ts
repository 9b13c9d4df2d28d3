import { Injectable } from '@nestjs/common';
import { ManifestsApplied, ManifestsRejected } from '@vigil/contracts';
import { Bus } from '@vigil/messaging';
import type { Rejection } from './rejection.store.js';
import type { ResourceChange, StoredRevision } from './stored-revision.js';

/** Bytes of the list of resources in one message; NATS takes 1 MiB. */
const MAX_LIST_BYTES = 700 * 1024;
const MAX_WARNINGS = 100;
const MAX_ERRORS = 100;

/** Tells everybody what became of a revision; a repetition carries the same message id. */
@Injectable()
export class Announcements {
  constructor(private readonly bus: Bus) {}

  async applied(
    revision: StoredRevision,
    previous: string | undefined,
    changes: readonly ResourceChange[],
    at: number,
  ): Promise<void> {
    const { source, commit, correlationId, generation } = revision;
    const listed = fitting(changes);
    const omitted = changes.length - listed.length;
    const warnings = revision.warnings.slice(0, MAX_WARNINGS);
    if (omitted > 0) warnings.push(`${omitted} unchanged resources are not listed`);
    await this.bus.publish(
      ManifestsApplied,
      {
        source,
        revision: revision.revision,
        ...(previous === undefined ? {} : { previous }),
        ...(commit === undefined ? {} : { commit }),
        resources: [...listed],
        warnings,
        at,
        correlationId,
      },
      { correlationId, messageId: `applied/${source}/${generation}/${revision.id}` },
    );
  }

  async rejected(rejection: Rejection, inForce: string | undefined): Promise<void> {
    const { id, source, revision, commit, correlationId, createdAt } = rejection;
    await this.bus.publish(
      ManifestsRejected,
      {
        source,
        revision,
        ...(inForce === undefined ? {} : { inForce }),
        ...(commit === undefined ? {} : { commit }),
        errors: rejection.errors.slice(0, MAX_ERRORS),
        at: createdAt,
        correlationId,
      },
      { correlationId, messageId: `rejected/${source}/${id}` },
    );
  }
}

/** All changes when they fit into one message; otherwise those that are one, as many as fit. */
function fitting(changes: readonly ResourceChange[]): readonly ResourceChange[] {
  if (sizeOf(changes) <= MAX_LIST_BYTES) return changes;
  const listed: ResourceChange[] = [];
  let size = 0;
  for (const entry of changes) {
    if (entry.change === 'unchanged') continue;
    size += sizeOf([entry]);
    if (size > MAX_LIST_BYTES) break;
    listed.push(entry);
  }
  return listed;
}

function sizeOf(changes: readonly ResourceChange[]): number {
  return Buffer.byteLength(JSON.stringify(changes));
}
