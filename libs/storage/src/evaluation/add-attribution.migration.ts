import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who or what changed a host, as far as the host could tell. */
export class AddAttribution1763800003000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE drift_events ADD COLUMN attribution text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE drift_events DROP COLUMN attribution');
  }
}
