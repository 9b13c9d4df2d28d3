import { Injectable } from '@nestjs/common';
import { CommitInfo, RevisionEntry } from '@vigil/contracts';
import { Manifest, parseResourceId, type ParsedResource, type ResourceId } from '@vigil/manifests';
import { Database, RevisionEntity } from '@vigil/storage';
import { Not, type EntityManager } from 'typeorm';
import { z } from 'zod';
import type { StoredRevision } from './stored-revision.js';

export interface NewRevision {
  readonly source: string;
  readonly revision: string;
  readonly commit: CommitInfo | undefined;
  readonly warnings: readonly string[];
  readonly correlationId: string;
  readonly createdAt: number;
}

interface NumberedRevision extends NewRevision {
  readonly generation: number;
}

const Entries = z.array(RevisionEntry);
const Warnings = z.array(z.string());

/** Revisions and versions of manifests in PostgreSQL: the truth about desired state. */
@Injectable()
export class RevisionStore {
  constructor(private readonly database: Database) {}

  /** The valid revision with this number, in force or not. */
  async byGeneration(source: string, generation: number): Promise<StoredRevision | undefined> {
    const row = await this.database.run((manager) =>
      manager.findOneBy(RevisionEntity, { source, generation }),
    );
    return row === null ? undefined : toStoredRevision(row);
  }

  /** The newest revision that is or was in force. */
  async latestApplied(source: string): Promise<StoredRevision | undefined> {
    const row = await this.database.run((manager) =>
      manager.findOne(RevisionEntity, {
        where: { source, outcome: 'applied' },
        order: { generation: 'DESC' },
      }),
    );
    return row === null ? undefined : toStoredRevision(row);
  }

  /**
   * Stores a valid revision and the new versions of its manifests; it is not in force yet. Its
   * generation is above every one so far, and above `generation`.
   */
  async store(
    revision: NewRevision,
    generation: number,
    resources: readonly ParsedResource[],
  ): Promise<StoredRevision> {
    return this.database.transaction(async (manager) => {
      await lockSource(manager, revision.source);
      const known = await highestGeneration(manager, revision.source);
      const numbered = { ...revision, generation: 1 + Math.max(known, generation) };
      const before = await newestEntries(manager, revision.source);
      const entries = resources.map(({ resource, digest, file, line }) => ({
        resource,
        digest,
        file,
        line,
        since: before.get(`${resource}@${digest}`) ?? numbered.generation,
      }));
      const { identifiers } = await manager.insert(RevisionEntity, {
        ...numbered,
        commit: revision.commit ?? null,
        outcome: 'stored',
        entries,
        errors: [],
        warnings: [...revision.warnings],
        inForceAt: null,
        announced: false,
        pruned: false,
      });
      await insertVersions(manager, numbered, resources);
      return { ...numbered, id: Number(identifiers[0]?.['id']), entries, applied: false };
    });
  }

  /**
   * The revision is in force and announced: its versions become the current ones, and what was
   * stored before it without ever coming into force is forgotten.
   */
  async markApplied(revision: StoredRevision, inForceAt: number): Promise<void> {
    const { id, source, generation } = revision;
    await this.database.transaction(async (manager) => {
      await lockSource(manager, source);
      const applied = await highestGeneration(manager, source, 'applied');
      // somebody else was faster, with a later one
      if (applied < generation) await makeCurrent(manager, revision);
      await forgetUnfinished(manager, revision);
      await manager.update(RevisionEntity, id, { outcome: 'applied', announced: true, inForceAt });
    });
  }

  /** The canonical manifests with these digests, as far as they are known. */
  async manifests(digests: readonly string[]): Promise<Map<string, Manifest>> {
    const rows = await this.database.run((manager) =>
      manager.query<{ checksum: string; content: unknown }[]>(
        'SELECT DISTINCT ON (checksum) checksum, content FROM manifests WHERE checksum = ANY($1)',
        [digests],
      ),
    );
    return new Map(rows.map(({ checksum, content }) => [checksum, Manifest.parse(content)]));
  }

  /** What other sources have in force → the source. */
  async foreignResources(source: string): Promise<Map<ResourceId, string>> {
    const rows = await this.database.run((manager) =>
      manager.query<{ resource: string; source: string }[]>(
        'SELECT resource, source FROM manifests WHERE current AND source <> $1',
        [source],
      ),
    );
    const owners = new Map<ResourceId, string>();
    for (const row of rows) {
      const id = parseResourceId(row.resource);
      if (id !== undefined) owners.set(id, row.source);
    }
    return owners;
  }
}

/** Until the end of the transaction nobody else writes revisions of the source. */
async function lockSource(manager: EntityManager, source: string): Promise<void> {
  await manager.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
    `vigil/source/${source}`,
  ]);
}

/** 0 without any. */
async function highestGeneration(
  manager: EntityManager,
  source: string,
  outcome?: 'applied',
): Promise<number> {
  const [row] = await manager.query<{ generation: number | null }[]>(
    `SELECT max(generation) AS generation FROM revisions
      WHERE source = $1 AND ($2::text IS NULL OR outcome = $2)`,
    [source, outcome ?? null],
  );
  return row?.generation ?? 0;
}

/** What the newest valid revision declares, as `resource@digest` → since which generation. */
async function newestEntries(
  manager: EntityManager,
  source: string,
): Promise<ReadonlyMap<string, number>> {
  const newest = await manager.findOne(RevisionEntity, {
    where: { source, outcome: Not('rejected'), pruned: false },
    order: { generation: 'DESC' },
  });
  const since = new Map<string, number>();
  if (newest?.generation === undefined || newest.generation === null) return since;
  for (const entry of Entries.parse(newest.entries)) {
    since.set(`${entry.resource}@${entry.digest}`, entry.since ?? newest.generation);
  }
  return since;
}

async function makeCurrent(manager: EntityManager, revision: StoredRevision): Promise<void> {
  const entries = JSON.stringify(revision.entries);
  await manager.query(
    `UPDATE manifests SET current = false
      WHERE source = $1 AND current AND NOT EXISTS (
        SELECT FROM jsonb_to_recordset($2::jsonb) AS entry(resource text, digest text)
         WHERE entry.resource = manifests.resource AND entry.digest = manifests.checksum)`,
    [revision.source, entries],
  );
  await manager.query(
    `UPDATE manifests SET current = true, file = entry.file, line = entry.line
       FROM jsonb_to_recordset($2::jsonb)
         AS entry(resource text, digest text, file text, line integer)
      WHERE manifests.resource = entry.resource
        AND manifests.source = $1
        AND (manifests.current OR manifests.generation = $3)`,
    [revision.source, entries, revision.generation],
  );
}

async function forgetUnfinished(
  manager: EntityManager,
  { source, generation }: StoredRevision,
): Promise<void> {
  await manager.query(
    `WITH forgotten AS (
       DELETE FROM revisions WHERE source = $1 AND outcome = 'stored' AND generation < $2
       RETURNING generation)
     DELETE FROM manifests USING forgotten
      WHERE manifests.source = $1 AND manifests.generation = forgotten.generation`,
    [source, generation],
  );
}

/** A row for every resource whose canonical form is not the one in force. */
async function insertVersions(
  manager: EntityManager,
  { source, revision, generation, createdAt }: NumberedRevision,
  resources: readonly ParsedResource[],
): Promise<void> {
  const rows = resources.map(({ resource, digest, manifest, file, line }) => ({
    resource,
    digest,
    namespace: manifest.metadata.namespace,
    kind: manifest.kind,
    name: manifest.metadata.name,
    content: manifest,
    file,
    line,
  }));
  await manager.query(
    `INSERT INTO manifests (resource, namespace, kind, name, content, version, checksum, source,
                            revision, generation, file, line, current, created_at)
     SELECT entry.resource, entry.namespace, entry.kind, entry.name, entry.content,
            1 + COALESCE((SELECT max(version) FROM manifests AS other
                           WHERE other.resource = entry.resource), 0),
            entry.digest, $2, $3, $4, entry.file, entry.line, false, $5
       FROM jsonb_to_recordset($1::jsonb)
         AS entry(resource text, digest text, namespace text, kind text, name text, content jsonb,
                  file text, line integer)
      WHERE NOT EXISTS (
        SELECT FROM manifests AS present
         WHERE present.current AND present.source = $2
           AND present.resource = entry.resource AND present.checksum = entry.digest)`,
    [JSON.stringify(rows), source, revision, generation, new Date(createdAt)],
  );
}

function toStoredRevision(row: RevisionEntity): StoredRevision {
  return {
    id: row.id,
    source: row.source,
    revision: row.revision,
    generation: row.generation ?? 0,
    commit: row.commit === null ? undefined : CommitInfo.parse(row.commit),
    entries: Entries.parse(row.entries),
    warnings: Warnings.parse(row.warnings),
    correlationId: row.correlationId,
    createdAt: row.createdAt,
    applied: row.outcome === 'applied',
  };
}
