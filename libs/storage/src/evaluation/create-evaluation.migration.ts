import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the evaluator found and decided: drift, decisions, alerts, and the status of each resource. */
export class CreateEvaluation1763700003000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE drift_events (
        id text PRIMARY KEY,
        resource_name text NOT NULL,
        host text,
        drift_type text NOT NULL,
        class text NOT NULL,
        path text NOT NULL,
        severity text NOT NULL,
        score double precision NOT NULL,
        current_state jsonb,
        desired_state jsonb,
        state text NOT NULL,
        detected_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        resolved_at timestamptz,
        correlation_id text NOT NULL
      );
      CREATE INDEX drift_events_by_time ON drift_events (detected_at DESC, id DESC);
      CREATE INDEX drift_events_by_resource ON drift_events (resource_name, detected_at DESC);
      CREATE INDEX drift_events_by_correlation ON drift_events (correlation_id);
      CREATE INDEX drift_events_unresolved ON drift_events (detected_at DESC, id DESC)
        WHERE state <> 'resolved';
      COMMENT ON TABLE drift_events IS
        'one row per occurrence of a difference; projection of vigil.drift.*, written by the evaluator';

      CREATE TABLE decisions (
        id text PRIMARY KEY,
        at timestamptz NOT NULL,
        correlation_id text NOT NULL,
        resource text,
        causes jsonb NOT NULL,
        outcome text NOT NULL,
        code text NOT NULL,
        message text NOT NULL,
        action_id text,
        next_attempt_at timestamptz
      );
      CREATE INDEX decisions_by_time ON decisions (at DESC, id DESC);
      CREATE INDEX decisions_by_resource ON decisions (resource, at DESC);
      CREATE INDEX decisions_by_correlation ON decisions (correlation_id, at);
      CREATE INDEX decisions_by_action ON decisions (action_id) WHERE action_id IS NOT NULL;

      CREATE TABLE alerts (
        id text PRIMARY KEY,
        policy text NOT NULL,
        resource text,
        labels jsonb NOT NULL,
        condition text NOT NULL,
        severity text NOT NULL,
        state text NOT NULL,
        value double precision,
        active_at timestamptz NOT NULL,
        fired_at timestamptz NOT NULL,
        resolved_at timestamptz,
        evidence jsonb NOT NULL,
        correlation_id text NOT NULL
      );
      CREATE INDEX alerts_by_time ON alerts (fired_at DESC, id DESC);
      CREATE INDEX alerts_by_resource ON alerts (resource, fired_at DESC);
      CREATE INDEX alerts_by_policy ON alerts (policy, fired_at DESC);
      CREATE INDEX alerts_by_correlation ON alerts (correlation_id);

      CREATE TABLE resource_status (
        resource text PRIMARY KEY,
        source text,
        sync text NOT NULL,
        health text NOT NULL,
        message text,
        desired_replicas integer NOT NULL,
        ready_replicas integer NOT NULL,
        desired_digest text,
        held_digest text,
        replicas jsonb NOT NULL,
        removed boolean NOT NULL,
        at timestamptz NOT NULL
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE resource_status;
      DROP TABLE alerts;
      DROP TABLE decisions;
      DROP TABLE drift_events;
    `);
  }
}
