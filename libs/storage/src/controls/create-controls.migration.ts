import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What people have stopped, so that a NATS that lost its data does not end it. */
export class CreateControls1763800000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE controls (
        kind text NOT NULL,
        name text NOT NULL,
        active boolean NOT NULL,
        reason text NOT NULL,
        actor text NOT NULL,
        at timestamptz NOT NULL,
        until timestamptz,
        PRIMARY KEY (kind, name)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE controls');
  }
}
