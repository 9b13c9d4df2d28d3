import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What actions changed in the desired state, so that a NATS that lost its data does not undo it. */
export class CreateOverrides1763800001000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE overrides (
        resource text PRIMARY KEY,
        owner text NOT NULL,
        replicas integer,
        stopped boolean NOT NULL,
        replaces_replicas integer,
        reason text NOT NULL,
        action_id text NOT NULL,
        correlation_id text NOT NULL,
        created_at timestamptz NOT NULL,
        changed_at timestamptz NOT NULL,
        expires_at timestamptz
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE overrides');
  }
}
