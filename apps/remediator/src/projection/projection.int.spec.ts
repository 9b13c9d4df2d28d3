import { startPostgres, eventually } from '@vigil/testkit';
import { Client } from 'pg';
import { operator } from '../testing/fixtures.js';
import { RemediatorWorld } from '../testing/remediator-world.js';
import { Scenario } from '../testing/scenario.js';

async function rows(url: string, text: string, ...values: unknown[]): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const found = await client.query<Record<string, unknown>>(text, values);
    return found.rows;
  } finally {
    await client.end();
  }
}

const OPEN = `INSERT INTO actions (id, correlation_id, target, action, status, details, started_at,
    updated_at, sequence, attempt, mode, requested_by, causes)
  VALUES ($1, 'c', 'production/Service/lost', 'start', 'running', '{}', $2, $2, 3, 1, 'auto', 'x', '[]')`;

describe('the tables of actions', () => {
  it('hold what nobody would expect in a text, and end what NATS has lost', async () => {
    const world = await RemediatorWorld.start();
    const { url } = world.database;
    try {
      await world.remediator();
      const web = new Scenario(world, () => 'fails');
      await web.placeDead();
      const odd = { operator: operator({ reason: 'a\0b \uD800', actor: 'ad\0a' }) };
      const id = await web.ask(odd);
      await world.reaches(id, 'failed');
      const row = await eventually(async () => {
        const found = await rows(
          url,
          `SELECT requested_by, details -> 'operator' ->> 'reason' AS reason
             FROM actions WHERE id = $1 AND status = 'failed'`,
          id,
        );
        return found[0];
      });
      expect(row).toEqual({ requested_by: 'ad\uFFFDa', reason: 'a\uFFFDb \uFFFD' });

      await world.stopRemediators();
      await rows(url, OPEN, 'lost', new Date(Date.now() - 3 * 3_600_000));
      await rows(url, OPEN, 'recent', new Date());
      await world.remediator();
      await eventually(async () => {
        const found = await rows(url, `SELECT 1 FROM actions WHERE reason ->> 'code' = 'log-lost'`);
        return found.length > 0;
      });
      const open = `SELECT id, status FROM actions WHERE id IN ('lost', 'recent') ORDER BY id`;
      expect(await rows(url, open)).toEqual([
        { id: 'lost', status: 'failed' },
        { id: 'recent', status: 'running' },
      ]);
    } finally {
      await world.stop();
    }
  }, 30_000);

  it('show what the log says, also after PostgreSQL was away', async () => {
    const postgres = await startPostgres();
    const world = await RemediatorWorld.start({ url: postgres.url });
    try {
      await world.remediator();
      const web = new Scenario(world);
      await web.placeDead();
      const earlier = [{ digest: web.oldDigest, service: web.manifest() }];
      const first = await web.ask({ operator: operator(), earlier });
      await world.reaches(first, 'succeeded');
      const action = await eventually(async () => {
        const found = await rows(
          postgres.url,
          `SELECT id, correlation_id, target, action, status, requested_by, sequence,
                  completed_at >= started_at AS ended, plan_hash IS NOT NULL AS planned,
                  details ?| '{service,earlier}' AS bloated
             FROM actions WHERE id = $1 AND status = 'succeeded'`,
          first,
        );
        return found[0];
      });
      expect(action).toEqual({
        id: first,
        correlation_id: `correlation-${first}`,
        target: web.resource,
        action: 'start',
        status: 'succeeded',
        requested_by: 'ada',
        sequence: 6,
        ended: true,
        planned: true,
        bloated: false,
      });

      await postgres.stop();
      await web.placeDead();
      const second = await web.ask({ operator: operator() });
      await world.reaches(second, 'succeeded');
      await postgres.restart();
      const audit = await eventually(
        async () => {
          const found = await rows(
            postgres.url,
            `SELECT kind, from_state, to_state, actor FROM action_transitions
              WHERE action_id = $1 ORDER BY sequence`,
            second,
          );
          return found.length === 7 && found;
        },
        { withinMs: 20_000 },
      );
      expect(audit).toMatchObject([
        { kind: 'requested', from_state: null, to_state: 'requested', actor: 'ada' },
        { kind: 'transition', from_state: 'requested', to_state: 'queued', actor: 'remediator' },
        { kind: 'transition', from_state: 'queued', to_state: 'running' },
        { kind: 'operation-issued', from_state: null },
        { kind: 'operation-finished', from_state: null },
        { kind: 'transition', from_state: 'running', to_state: 'verifying' },
        { kind: 'transition', from_state: 'verifying', to_state: 'succeeded' },
      ]);
    } finally {
      await world.stop();
      await postgres.stop();
    }
  }, 60_000);
});
