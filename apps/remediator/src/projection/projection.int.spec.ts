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

describe('the tables of actions', () => {
  it('show what the log says, also after PostgreSQL was away', async () => {
    const postgres = await startPostgres();
    const world = await RemediatorWorld.start({ url: postgres.url });
    try {
      await world.remediator();
      const web = new Scenario(world);
      await web.placeDead();
      const first = await web.ask({ operator: operator() });
      await world.reaches(first, 'succeeded');
      const action = await eventually(async () => {
        const found = await rows(
          postgres.url,
          `SELECT id, correlation_id, target, action, status, requested_by, sequence,
                  completed_at >= started_at AS ended, plan_hash IS NOT NULL AS planned,
                  details ? 'service' AS bloated
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
