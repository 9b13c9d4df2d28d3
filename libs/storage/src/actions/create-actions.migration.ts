import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What was done, by whom and why: the actions, and every entry of their logs. */
export class CreateActions1763700004000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE actions (
        id text PRIMARY KEY,
        correlation_id text NOT NULL,
        target text NOT NULL,
        action text NOT NULL,
        status text NOT NULL,
        details jsonb NOT NULL,
        started_at timestamptz NOT NULL,
        completed_at timestamptz,
        updated_at timestamptz NOT NULL,
        sequence integer NOT NULL,
        attempt integer NOT NULL,
        mode text NOT NULL,
        source text,
        requested_by text NOT NULL,
        causes jsonb NOT NULL,
        plan jsonb,
        plan_hash text,
        reason jsonb,
        next_attempt_at timestamptz,
        expires_at timestamptz
      );
      CREATE INDEX actions_by_time ON actions (started_at DESC, id DESC);
      CREATE INDEX actions_by_target ON actions (target, started_at DESC);
      CREATE INDEX actions_by_correlation ON actions (correlation_id);
      CREATE INDEX actions_unfinished ON actions (started_at) WHERE completed_at IS NULL;
      COMMENT ON TABLE actions IS 'projection of the stream ACTION_LOG, written by the remediator';

      CREATE TABLE action_transitions (
        action_id text NOT NULL,
        sequence integer NOT NULL,
        at timestamptz NOT NULL,
        actor text NOT NULL,
        correlation_id text NOT NULL,
        target text NOT NULL,
        kind text NOT NULL,
        from_state text,
        to_state text,
        reason jsonb,
        entry jsonb NOT NULL,
        PRIMARY KEY (action_id, sequence)
      );
      CREATE INDEX action_transitions_by_correlation ON action_transitions (correlation_id, at);
      CREATE INDEX action_transitions_by_target ON action_transitions (target, at DESC);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE action_transitions;
      DROP TABLE actions;
    `);
  }
}
