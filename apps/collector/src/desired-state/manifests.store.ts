import { Injectable } from '@nestjs/common';
import {
  ManifestDetail,
  ManifestRevision,
  ManifestView,
  type InputOf,
  type Page,
  type ROUTES,
} from '@vigil/contracts';
import { resourceIdParts, type ResourceId } from '@vigil/manifests';
import { Database, ManifestEntity } from '@vigil/storage';
import { instant, optionalInstant, present } from '../http/instant.js';
import { DEFAULT_PAGE, decodeCursor, pageFrom, type PageRequest } from '../http/page-cursor.js';
import { withInstants } from '../http/with-instants.js';

type Filter = InputOf<typeof ROUTES.listManifests>['query'];

interface Row {
  resource: ResourceId;
  source: string | null;
  revision: string | null;
  checksum: string | null;
  file: string | null;
  line: number | null;
  manifest: unknown;
  sync: string;
  health: string;
  message: string | null;
  desiredReplicas: number | null;
  readyReplicas: number | null;
  heldDigest: string | null;
  replicas: unknown;
  updatedAt: Date | null;
}

/** What is in force beside what the evaluator found; either side may be missing. */
const JOINED = `
  SELECT coalesce(m.resource, s.resource) AS resource,
         m.source, m.revision, m.checksum, m.file, m.line, m.content AS manifest,
         coalesce(s.sync, 'Unknown') AS sync, coalesce(s.health, 'Unknown') AS health, s.message,
         s.desired_replicas AS "desiredReplicas", s.ready_replicas AS "readyReplicas",
         s.held_digest AS "heldDigest", coalesce(s.replicas, '[]') AS replicas,
         coalesce(s.at, m.created_at) AS "updatedAt"
    FROM (SELECT * FROM manifests WHERE current) m
    FULL JOIN (SELECT * FROM resource_status WHERE NOT removed) s ON s.resource = m.resource`;

/** Reads `manifests` (gitopsd's) and `resource_status` (the evaluator's). */
@Injectable()
export class ManifestsStore {
  constructor(private readonly database: Database) {}

  /** By resource. */
  async list(filter: Filter): Promise<Page<ManifestView>> {
    const after = decodeCursor(filter.cursor, 1)?.[0];
    const rows = await this.database.run((manager) =>
      manager.query<Row[]>(
        `SELECT * FROM (${JOINED}) AS joined
          WHERE ($1::text IS NULL OR resource > $1)
            AND ($2::text IS NULL OR split_part(resource, '/', 1) = $2)
            AND ($3::text IS NULL OR lower(split_part(resource, '/', 2)) = lower($3))
            AND ($4::text IS NULL OR source = $4)
            AND ($5::text IS NULL OR sync = $5)
            AND ($6::text IS NULL OR health = $6)
          ORDER BY resource LIMIT $7`,
        [
          after ?? null,
          filter.namespace ?? null,
          filter.kind ?? null,
          filter.source ?? null,
          filter.sync ?? null,
          filter.health ?? null,
          (filter.limit ?? DEFAULT_PAGE) + 1,
        ],
      ),
    );
    return pageFrom(rows, filter, toManifestView, ({ resource }) => [resource]);
  }

  /** Without the manifest and the replicas. */
  async status(resource: ResourceId): Promise<ManifestView | undefined> {
    const row = await this.row(resource);
    return row === undefined ? undefined : toManifestView(row);
  }

  async find(resource: ResourceId): Promise<ManifestDetail | undefined> {
    const row = await this.row(resource);
    if (row === undefined) return undefined;
    return ManifestDetail.parse({
      ...toManifestView(row),
      manifest: row.manifest,
      replicas: withInstants(row.replicas),
      ...present({ heldDigest: row.heldDigest }),
    });
  }

  private async row(resource: ResourceId): Promise<Row | undefined> {
    const [row] = await this.database.run((manager) =>
      manager.query<Row[]>(`SELECT * FROM (${JOINED}) AS joined WHERE resource = $1`, [resource]),
    );
    return row;
  }

  /** Every version, newest first. */
  async revisions(resource: ResourceId, request: PageRequest): Promise<Page<ManifestRevision>> {
    const before = decodeCursor(request.cursor, 1)?.[0];
    const rows = await this.database.run((manager) => {
      const query = manager
        .createQueryBuilder(ManifestEntity, 'manifest')
        .where('manifest.resource = :resource', { resource })
        .orderBy('manifest.version', 'DESC')
        .limit((request.limit ?? DEFAULT_PAGE) + 1);
      if (before !== undefined) query.andWhere('manifest.version < :before', { before });
      return query.getMany();
    });
    return pageFrom(rows, request, toRevision, ({ version }) => [version]);
  }
}

function toManifestView(row: Row): ManifestView {
  return ManifestView.parse({
    resource: row.resource,
    ...resourceIdParts(row.resource),
    source: row.source,
    revision: row.revision,
    checksum: row.checksum,
    sync: row.sync,
    health: row.health,
    ...present({
      file: row.file,
      line: row.line,
      message: row.message,
      desiredReplicas: row.desiredReplicas,
      readyReplicas: row.readyReplicas,
      updatedAt: optionalInstant(row.updatedAt),
    }),
  });
}

function toRevision(row: ManifestEntity): ManifestRevision {
  return {
    version: row.version,
    revision: row.revision,
    source: row.source,
    checksum: row.checksum,
    inForce: row.current,
    createdAt: instant(row.createdAt),
    manifest: row.content,
  };
}
