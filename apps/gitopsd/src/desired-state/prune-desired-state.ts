import { Injectable } from '@nestjs/common';
import { RevisionEntry } from '@vigil/contracts';
import { Database } from '@vigil/storage';
import { z } from 'zod';
import { DesiredStateStore } from './desired-state.store.js';
import { chunkEntries } from './index-chunks.js';

/** Revisions of a source whose manifests stay in the bucket, for roll-backs and late readers. */
export const KEPT_REVISIONS = 10;
/** Rows of a source that are kept in PostgreSQL, refused revisions included. */
const KEPT_ROWS = 1_000;

const KEPT = `
  SELECT entry ->> 'digest' AS digest
    FROM (SELECT entries, row_number() OVER (PARTITION BY source ORDER BY generation DESC) AS age
            FROM revisions WHERE outcome <> 'rejected') AS newest,
         jsonb_array_elements(entries) AS entry
   WHERE age <= ${KEPT_REVISIONS}`;

const StaleRow = z.object({
  id: z.number(),
  revision: z.string(),
  entries: z.array(RevisionEntry),
});
type StaleRow = z.infer<typeof StaleRow>;

/** Removes from the bucket what only old revisions need. What a crash leaves over, the next run finds. */
@Injectable()
export class PruneDesiredState {
  constructor(
    private readonly database: Database,
    private readonly desiredState: DesiredStateStore,
  ) {}

  /** Digests of everything that the kept revisions of a source declare. */
  async keptDigests(source: string): Promise<string[]> {
    const rows = await this.database.run((manager) =>
      manager.query<{ digest: string }[]>(
        `SELECT DISTINCT entry ->> 'digest' AS digest
           FROM (SELECT entries FROM revisions
                  WHERE source = $1 AND outcome = 'applied'
                  ORDER BY generation DESC LIMIT ${KEPT_REVISIONS}) AS newest,
                jsonb_array_elements(entries) AS entry`,
        [source],
      ),
    );
    return rows.map(({ digest }) => digest);
  }

  async execute(source: string): Promise<void> {
    const stale = await this.staleRevisions(source);
    if (stale.length === 0) return;
    const ids = stale.map(({ id }) => id);
    const digests = await this.staleDigests(ids);
    const indexes = await this.unusedIndexes(source, stale);
    await this.desiredState.remove(source, { digests, revisions: indexes });
    await this.database.run(async (manager) => {
      // their manifests stay in the table `manifests`
      await manager.query(`UPDATE revisions SET pruned = true, entries = '[]' WHERE id = ANY($1)`, [
        ids,
      ]);
      await manager.query(
        `DELETE FROM revisions WHERE pruned AND source = $1 AND id <= (
           SELECT id FROM revisions WHERE source = $1 ORDER BY id DESC OFFSET $2 LIMIT 1)`,
        [source, KEPT_ROWS],
      );
    });
  }

  private async staleRevisions(source: string): Promise<StaleRow[]> {
    const rows = await this.database.run((manager) =>
      manager.query<unknown>(
        `SELECT id, revision, entries FROM revisions
          WHERE source = $1 AND outcome = 'applied' AND NOT pruned
          ORDER BY generation DESC OFFSET ${KEPT_REVISIONS}`,
        [source],
      ),
    );
    return z.array(StaleRow).parse(rows);
  }

  private async staleDigests(ids: readonly number[]): Promise<string[]> {
    const rows = await this.database.run((manager) =>
      manager.query<{ digest: string }[]>(
        `SELECT DISTINCT entry ->> 'digest' AS digest
           FROM revisions, jsonb_array_elements(entries) AS entry
          WHERE id = ANY($1)
         EXCEPT ${KEPT}`,
        [ids],
      ),
    );
    return rows.map(({ digest }) => digest);
  }

  /** A revision that came back later has its index under the same keys. */
  private async unusedIndexes(
    source: string,
    stale: readonly StaleRow[],
  ): Promise<{ revision: string; chunks: number }[]> {
    const rows = await this.database.run((manager) =>
      manager.query<{ revision: string }[]>(
        `SELECT revision FROM revisions
          WHERE source = $1 AND outcome <> 'rejected' AND NOT pruned
          ORDER BY generation DESC LIMIT ${KEPT_REVISIONS}`,
        [source],
      ),
    );
    const used = new Set(rows.map(({ revision }) => revision));
    return stale
      .filter(({ revision }) => !used.has(revision))
      .map(({ revision, entries }) => ({ revision, chunks: chunkEntries(entries).length }));
  }
}
