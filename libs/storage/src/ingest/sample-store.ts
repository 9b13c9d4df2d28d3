import type { Sample } from '@vigil/contracts';
import type { EntityManager } from 'typeorm';
import type { Database } from '../database.js';
import { StorageConflict, StorageRejected } from '../storage-errors.js';
import { float8Array, int4Array, timestamptzArray } from './binary-array.js';
import { GroupCommit } from './group-commit.js';
import { dayOf, Partitions } from './partitions.js';
import { SeriesDictionary } from './series-dictionary.js';

/** Validated samples of one source. */
export interface SampleBatch {
  readonly source: string;
  /** With it a repetition of the batch is stored once, also of samples without a time of their own. */
  readonly batchId?: string | undefined;
  /** Unix ms. */
  readonly receivedAt: number;
  readonly samples: readonly Sample[];
}

/** `repeated`: the batch had been stored before, and nothing was done. */
export type Appended = 'stored' | 'repeated';

/** Where samples are kept. A sample is identified by (series, timestamp): a second one changes nothing. */
export abstract class SampleStore {
  /**
   * Resolves when the batch is committed, whole.
   * @throws StorageUnavailable, StorageTimeout, QueueFull (all `retry`)
   */
  abstract append(batch: SampleBatch): Promise<Appended>;
}

const MAX_ATTEMPTS = 3;
const LIMITS = { groupWeight: 50_000, queueWeight: 400_000 };

/** Rows in PostgreSQL, written in group commits. */
export class PostgresSampleStore extends SampleStore {
  private readonly series = new SeriesDictionary();
  private readonly partitions = new Partitions();
  private readonly commits = new GroupCommit(
    (batches: readonly SampleBatch[]) => this.commit(batches),
    (batch) => batch.samples.length,
    LIMITS,
  );

  constructor(private readonly database: Database) {
    super();
    database.onUp(() => {
      this.series.forget();
      this.partitions.forget();
    });
  }

  append(batch: SampleBatch): Promise<Appended> {
    return this.commits.submit(batch);
  }

  /** Samples that wait to be committed. */
  get waiting(): number {
    return this.commits.waiting;
  }

  /** Makes the partitions of the coming days, and drops what is older than `retainFromMs`. */
  async maintain(nowMs: number, retainFromMs: number): Promise<string[]> {
    return this.database.run(async (manager) => {
      await this.partitions.prepare(manager, nowMs);
      await forgetBatches(manager, nowMs - BATCH_MEMORY_MS);
      return this.partitions.drop(manager, retainFromMs);
    });
  }

  private async commit(batches: readonly SampleBatch[]): Promise<readonly Appended[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.write(batches);
      } catch (error) {
        const again = isPartitionMissing(error) || error instanceof StorageConflict;
        if (!again || attempt === MAX_ATTEMPTS) throw error;
        // another collector's retention dropped a partition that this one believed to be there
        this.partitions.forget();
      }
    }
  }

  private write(batches: readonly SampleBatch[]): Promise<readonly Appended[]> {
    return this.database.run(async (manager) => {
      const columns = await this.prepare(manager, batches);
      return manager.transaction(async (transaction) => {
        const outcomes = await claim(transaction, batches);
        await insert(transaction, columns, outcomes);
        return outcomes;
      });
    });
  }

  /** Ids and partitions, outside of the transaction that stores the samples. */
  private async prepare(
    manager: EntityManager,
    batches: readonly SampleBatch[],
  ): Promise<BatchColumns[]> {
    const identities = batches.flatMap(({ source, samples }) =>
      samples.map(({ name, labels }) => ({ name, source, labels })),
    );
    const ids = await this.series.resolve(manager, identities);
    const days = new Set<number>();
    for (const { samples } of batches)
      for (const { timestamp } of samples) days.add(dayOf(timestamp));
    await this.partitions.ensure(manager, days);

    let offset = 0;
    return batches.map(({ samples }) => {
      const seriesIds = ids.slice(offset, offset + samples.length);
      offset += samples.length;
      return { seriesIds, samples };
    });
  }
}

interface BatchColumns {
  readonly seriesIds: readonly number[];
  readonly samples: readonly Sample[];
}

/**
 * How long a batch id is remembered. Longer than any client retries in practice; after that the
 * identity of each sample still keeps a repetition from changing anything.
 */
const BATCH_MEMORY_MS = 48 * 3_600_000;

async function forgetBatches(manager: EntityManager, beforeMs: number): Promise<void> {
  await manager.query('DELETE FROM ingest_batches WHERE received_at < $1', [new Date(beforeMs)]);
}

/** Enters the batches in the ledger; those that were there already are repetitions. */
async function claim(
  transaction: EntityManager,
  batches: readonly SampleBatch[],
): Promise<Appended[]> {
  const named = new Map<string, SampleBatch>();
  for (const batch of batches) {
    const key = ledgerKey(batch);
    if (key !== undefined && !named.has(key)) named.set(key, batch);
  }
  if (named.size === 0) return batches.map(() => 'stored');
  // in one order everywhere, so that two collectors with the same batches do not deadlock
  const rows = [...named].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, batch]) => batch);
  const inserted = await transaction.query<{ source: string; batchId: string }[]>(
    `INSERT INTO ingest_batches (source, batch_id, received_at)
     SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[])
     ON CONFLICT DO NOTHING
     RETURNING source, batch_id AS "batchId"`,
    [
      rows.map(({ source }) => source),
      rows.map(({ batchId }) => batchId),
      timestamptzArray(rows.map(({ receivedAt }) => receivedAt)),
    ],
  );
  const fresh = new Set(inserted.map(ledgerKey));
  // the first of several equal ones in this group takes the entry, the others are its repetitions
  return batches.map((batch) => {
    const key = ledgerKey(batch);
    return key === undefined || fresh.delete(key) ? 'stored' : 'repeated';
  });
}

function ledgerKey({ source, batchId }: Pick<SampleBatch, 'source' | 'batchId'>) {
  return batchId === undefined ? undefined : `${source}\0${batchId}`;
}

async function insert(
  transaction: EntityManager,
  columns: readonly BatchColumns[],
  outcomes: readonly Appended[],
): Promise<void> {
  const seriesIds: number[] = [];
  const timestamps: number[] = [];
  const values: number[] = [];
  columns.forEach((batch, index) => {
    if (outcomes[index] === 'repeated') return;
    for (const id of batch.seriesIds) seriesIds.push(id);
    for (const { timestamp, value } of batch.samples) {
      timestamps.push(timestamp);
      values.push(value);
    }
  });
  if (seriesIds.length === 0) return;
  await transaction.query(
    `INSERT INTO samples (series_id, timestamp, value)
     SELECT * FROM unnest($1::int4[], $2::timestamptz[], $3::float8[])
     ON CONFLICT DO NOTHING`,
    [int4Array(seriesIds), timestamptzArray(timestamps), float8Array(values)],
  );
}

/** 23514 is what PostgreSQL answers when no partition takes a row. */
function isPartitionMissing(error: unknown): boolean {
  return error instanceof StorageRejected && error.sqlState === '23514';
}
