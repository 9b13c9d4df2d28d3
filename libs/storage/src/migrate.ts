import { MigrationExecutor, type DataSource } from 'typeorm';

/** Any fixed number: the advisory lock under which the schema is changed ("vigil" in ASCII). */
const MIGRATION_LOCK = 0x766967696c;

/**
 * Brings the schema up to date, each migration in a transaction of its own. All services call this
 * when they connect: the first one does the work, the others wait for it and find nothing to do.
 */
export async function migrate(dataSource: DataSource): Promise<void> {
  const runner = dataSource.createQueryRunner();
  try {
    await runner.connect();
    // a migration may rewrite a large table: the limits of ordinary statements do not apply
    await runner.query('SET statement_timeout = 0; SET lock_timeout = 0');
    await runner.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    try {
      const executor = new MigrationExecutor(dataSource, runner);
      executor.transaction = 'each';
      await executor.executePendingMigrations();
    } finally {
      await runner.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
      await runner.query('RESET statement_timeout; RESET lock_timeout');
    }
  } finally {
    await runner.release();
  }
}
