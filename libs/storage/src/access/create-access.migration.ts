import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who may do what: API keys, enrolled agents, and the one-time tokens that enrol them. */
export class CreateAccess1763700001000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE api_keys (
        id text PRIMARY KEY,
        name text NOT NULL,
        prefix text NOT NULL,
        hash bytea NOT NULL UNIQUE,
        role text NOT NULL,
        host text,
        created_at timestamptz NOT NULL,
        created_by text NOT NULL,
        expires_at timestamptz,
        revoked_at timestamptz,
        CHECK (role <> 'agent' OR host IS NOT NULL)
      );
      COMMENT ON COLUMN api_keys.hash IS 'SHA-256 of the key; the key itself is stored nowhere';

      CREATE TABLE agents (
        host text PRIMARY KEY,
        key_id text NOT NULL REFERENCES api_keys (id),
        labels jsonb NOT NULL,
        enrolled_at timestamptz NOT NULL,
        agent_version text,
        last_seen_at timestamptz,
        connected_until timestamptz,
        replicas integer
      );
      COMMENT ON COLUMN agents.connected_until IS
        'extended by the collector that holds the agent''s channel; in the past: disconnected';

      CREATE TABLE enrolment_tokens (
        id text PRIMARY KEY,
        hash bytea NOT NULL UNIQUE,
        host text,
        labels jsonb NOT NULL,
        created_at timestamptz NOT NULL,
        created_by text NOT NULL,
        expires_at timestamptz NOT NULL,
        used_at timestamptz,
        used_by text
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE enrolment_tokens;
      DROP TABLE agents;
      DROP TABLE api_keys;
    `);
  }
}
