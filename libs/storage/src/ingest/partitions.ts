import type { EntityManager } from 'typeorm';

const DAY_MS = 86_400_000;
/** Made ahead, so that midnight finds its partition ready. */
const DAYS_AHEAD = 2;

/** Whole UTC days since 1970. */
export function dayOf(unixMs: number): number {
  return Math.floor(unixMs / DAY_MS);
}

export function partitionName(day: number): string {
  return `samples_${isoDate(day).replaceAll('-', '')}`;
}

/** The partitions of `samples`: one per UTC day. */
export class Partitions {
  private readonly known = new Set<number>();

  /** Makes what is missing of the given days. */
  async ensure(manager: EntityManager, days: Iterable<number>): Promise<void> {
    for (const day of days) {
      if (this.known.has(day)) continue;
      await create(manager, day);
      this.known.add(day);
    }
  }

  /** Makes the partitions of today and the days that follow. */
  async prepare(manager: EntityManager, nowMs: number): Promise<void> {
    const today = dayOf(nowMs);
    await this.ensure(
      manager,
      Array.from({ length: DAYS_AHEAD + 1 }, (_, ahead) => today + ahead),
    );
  }

  /** Drops the partitions whose last sample is older than `beforeMs`; returns their names. */
  async drop(manager: EntityManager, beforeMs: number): Promise<string[]> {
    const names = await existing(manager);
    const old = names.filter((name) => name < partitionName(dayOf(beforeMs)));
    for (const name of old) await manager.query(`DROP TABLE IF EXISTS ${name}`);
    if (old.length > 0) this.forget();
    return old;
  }

  forget(): void {
    this.known.clear();
  }
}

async function create(manager: EntityManager, day: number): Promise<void> {
  // two collectors may want the same day: IF NOT EXISTS alone still lets one of them fail
  await manager.transaction(async (transaction) => {
    await transaction.query(`SELECT pg_advisory_xact_lock(hashtext('samples partitions'))`);
    await transaction.query(
      `CREATE TABLE IF NOT EXISTS ${partitionName(day)} PARTITION OF samples
       FOR VALUES FROM ('${isoDate(day)} 00:00:00Z') TO ('${isoDate(day + 1)} 00:00:00Z')`,
    );
  });
}

async function existing(manager: EntityManager): Promise<string[]> {
  const rows = await manager.query<{ name: string }[]>(
    `SELECT c.relname AS name FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
      WHERE inhparent = 'samples'::regclass ORDER BY c.relname`,
  );
  return rows.map(({ name }) => name).filter((name) => /^samples_\d{8}$/.test(name));
}

function isoDate(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}
