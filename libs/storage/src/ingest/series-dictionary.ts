import type { EntityManager } from 'typeorm';
import { seriesHash, seriesKey, type SeriesIdentity } from './series-key.js';

/** Ids kept in memory; one costs about 300 bytes. */
const DEFAULT_CAPACITY = 200_000;

interface Row {
  id: number;
  hash: Buffer;
}

/** The ids of series, from memory for those used lately, else from the table, made when new. */
export class SeriesDictionary {
  // a Map iterates in order of insertion: the first key is the one used least lately
  private readonly ids = new Map<string, number>();

  constructor(private readonly capacity = DEFAULT_CAPACITY) {}

  /**
   * The id of each series, in the order given. New series are committed at once, outside of the
   * caller's transaction: a series without samples harms nobody, an id in memory that a roll-back
   * has unmade would.
   */
  async resolve(manager: EntityManager, series: readonly SeriesIdentity[]): Promise<number[]> {
    const keys = series.map(seriesKey);
    const resolved = new Map<string, number>();
    const missing = new Map<string, SeriesIdentity>();
    keys.forEach((key, index) => {
      const id = this.recall(key);
      const identity = series[index];
      if (id !== undefined) resolved.set(key, id);
      else if (identity !== undefined) missing.set(key, identity);
    });
    if (missing.size > 0) {
      for (const [key, id] of await findOrCreate(manager, missing)) {
        resolved.set(key, id);
        this.remember(key, id);
      }
    }
    return keys.map((key) => {
      const id = resolved.get(key);
      if (id === undefined) throw new TypeError('a series was neither found nor made');
      return id;
    });
  }

  /** After a reconnect: the database may be another one, or an older copy. */
  forget(): void {
    this.ids.clear();
  }

  private recall(key: string): number | undefined {
    const id = this.ids.get(key);
    if (id === undefined) return undefined;
    this.ids.delete(key);
    this.ids.set(key, id);
    return id;
  }

  private remember(key: string, id: number): void {
    this.ids.set(key, id);
    if (this.ids.size <= this.capacity) return;
    const oldest = this.ids.keys().next();
    if (oldest.done !== true) this.ids.delete(oldest.value);
  }
}

async function findOrCreate(
  manager: EntityManager,
  missing: ReadonlyMap<string, SeriesIdentity>,
): Promise<Map<string, number>> {
  const keyByHash = new Map<string, string>();
  for (const key of missing.keys()) keyByHash.set(seriesHash(key).toString('hex'), key);

  const found = new Map<string, number>();
  const collect = (rows: readonly Row[]) => {
    for (const { id, hash } of rows) {
      const hex = hash.toString('hex');
      const key = keyByHash.get(hex);
      if (key !== undefined) found.set(key, id);
      keyByHash.delete(hex);
    }
  };
  collect(await select(manager, keyByHash));
  if (keyByHash.size > 0) collect(await insert(manager, keyByHash, missing));
  // another collector was faster: its rows are there now
  if (keyByHash.size > 0) collect(await select(manager, keyByHash));
  return found;
}

function select(manager: EntityManager, keyByHash: ReadonlyMap<string, string>): Promise<Row[]> {
  const hashes = [...keyByHash.keys()].map((hex) => Buffer.from(hex, 'hex'));
  return manager.query<Row[]>('SELECT id, hash FROM series WHERE hash = ANY($1::bytea[])', [
    hashes,
  ]);
}

function insert(
  manager: EntityManager,
  keyByHash: ReadonlyMap<string, string>,
  identities: ReadonlyMap<string, SeriesIdentity>,
): Promise<Row[]> {
  // in the order of the hash, so that two collectors that insert the same series do not deadlock
  const hashes = [...keyByHash.keys()].sort();
  const rows = hashes.flatMap((hex) => {
    const identity = identities.get(keyByHash.get(hex) ?? '');
    return identity === undefined ? [] : [{ hash: Buffer.from(hex, 'hex'), ...identity }];
  });
  return manager.query<Row[]>(
    `INSERT INTO series (hash, name, source, labels)
     SELECT * FROM unnest($1::bytea[], $2::text[], $3::text[], $4::jsonb[])
     ON CONFLICT (hash) DO NOTHING
     RETURNING id, hash`,
    [
      rows.map(({ hash }) => hash),
      rows.map(({ name }) => name),
      rows.map(({ source }) => source),
      rows.map(({ labels }) => JSON.stringify(labels)),
    ],
  );
}
