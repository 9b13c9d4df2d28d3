import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Desired state: where it comes from, every revision that was tried, and every version of a manifest. */
export class CreateGitops1763700002000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE sources (
        name text PRIMARY KEY,
        kind text NOT NULL,
        location text NOT NULL,
        status text NOT NULL,
        message text,
        revision text,
        commit jsonb,
        resources integer NOT NULL,
        tried_revision text,
        errors jsonb NOT NULL,
        warnings jsonb NOT NULL,
        last_attempt_at timestamptz,
        last_success_at timestamptz,
        next_attempt_at timestamptz
      );

      CREATE TABLE revisions (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        source text NOT NULL,
        revision text NOT NULL,
        outcome text NOT NULL,
        generation integer,
        commit jsonb,
        entries jsonb NOT NULL,
        errors jsonb NOT NULL,
        warnings jsonb NOT NULL,
        correlation_id text NOT NULL,
        created_at timestamptz NOT NULL,
        in_force_at timestamptz,
        announced boolean NOT NULL,
        pruned boolean NOT NULL,
        UNIQUE (source, generation)
      );
      CREATE INDEX revisions_by_source ON revisions (source, id DESC);
      CREATE INDEX revisions_by_correlation ON revisions (correlation_id);

      CREATE TABLE manifests (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        resource text NOT NULL,
        namespace text NOT NULL,
        kind text NOT NULL,
        name text NOT NULL,
        content jsonb NOT NULL,
        version integer NOT NULL,
        checksum text NOT NULL,
        source text NOT NULL,
        revision text NOT NULL,
        generation integer NOT NULL,
        file text NOT NULL,
        line integer NOT NULL,
        current boolean NOT NULL,
        created_at timestamptz NOT NULL,
        UNIQUE (resource, version)
      );
      CREATE UNIQUE INDEX manifests_current ON manifests (resource) WHERE current;
      CREATE INDEX manifests_by_checksum ON manifests (checksum);
      CREATE INDEX manifests_by_source ON manifests (source) WHERE current;
      COMMENT ON COLUMN manifests.current IS 'the version in force; the others are history';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE manifests;
      DROP TABLE revisions;
      DROP TABLE sources;
    `);
  }
}
