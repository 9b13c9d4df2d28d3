import { Injectable } from '@nestjs/common';
import { SourceView, type Control, type Page } from '@vigil/contracts';
import { Database, SourceEntity } from '@vigil/storage';
import { instant, optionalInstant, present } from '../http/instant.js';
import { DEFAULT_PAGE, decodeCursor, pageFrom, type PageRequest } from '../http/page-cursor.js';
import { withInstants } from '../http/with-instants.js';

/** Reads the table `sources`, which gitopsd writes. */
@Injectable()
export class SourcesStore {
  constructor(private readonly database: Database) {}

  /** By name. `suspension` is the switch that holds for a source now. */
  async list(
    request: PageRequest,
    suspension: (name: string) => Control | undefined,
  ): Promise<Page<SourceView>> {
    const after = decodeCursor(request.cursor, 1)?.[0];
    const rows = await this.database.run((manager) => {
      const query = manager
        .createQueryBuilder(SourceEntity, 'source')
        .orderBy('source.name')
        .limit((request.limit ?? DEFAULT_PAGE) + 1);
      if (after !== undefined) query.where('source.name > :after', { after });
      return query.getMany();
    });
    return pageFrom(
      rows,
      request,
      (row) => toSourceView(row, suspension(row.name)),
      ({ name }) => [name],
    );
  }

  async exists(name: string): Promise<boolean> {
    return this.database.run((manager) => manager.existsBy(SourceEntity, { name }));
  }
}

function toSourceView(row: SourceEntity, suspension: Control | undefined): SourceView {
  return SourceView.parse({
    name: row.name,
    kind: row.kind,
    location: row.location,
    status: row.status,
    revision: row.revision,
    resources: row.resources,
    suspended:
      suspension === undefined
        ? null
        : { reason: suspension.reason, actor: suspension.actor, at: instant(suspension.at) },
    errors: row.errors,
    warnings: row.warnings,
    ...present({
      message: row.message,
      triedRevision: row.triedRevision,
      commit: row.commit === null ? undefined : withInstants(row.commit),
      lastSuccessAt: optionalInstant(row.lastSuccessAt),
      lastAttemptAt: optionalInstant(row.lastAttemptAt),
      nextAttemptAt: optionalInstant(row.nextAttemptAt),
    }),
  });
}
