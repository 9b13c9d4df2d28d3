import { MetricsIngested, MetricsMissed, QueryResult, StateObserved } from '@vigil/contracts';
import { NatsConnection } from '@vigil/messaging';
import { Database } from '@vigil/storage';
import { eventually } from '@vigil/testkit';
import { callApi, type ApiRequest } from '../testing/api-client.js';
import { createWorld, WORLD_TIMEOUT_MS, type CollectorWorld } from '../testing/collector-world.js';
import { enrol } from '../testing/enrol.js';
import { observeEvents } from '../testing/observe.js';
import { snapshotOf } from '../testing/snapshot.js';

const HOST = 'web-1';
const now = Date.now();

describe('POST /ingest over outages', () => {
  let world: CollectorWorld;
  let key: string;

  beforeAll(async () => {
    world = await createWorld({ ownPostgres: true });
    key = (await enrol(world.url, HOST, { role: 'web' })).key;
  }, WORLD_TIMEOUT_MS);
  afterAll(() => world.stop());

  const post = (request: ApiRequest) => callApi(world.url, 'POST', '/ingest', { key, ...request });
  const sample = (name: string, value: number) => ({
    source: HOST,
    batchId: `${name}-${value}`,
    metrics: [{ name, value, timestamp: now + value }],
  });
  const pointsOf = async (metric: string) => {
    const answer = await callApi(world.url, 'GET', `/query?metric=${metric}&to=${now + 60_000}`);
    return QueryResult.parse(answer.body).series[0]?.points ?? [];
  };
  /** What was ever told of samples that were not published, as soon as there is something. */
  const tellings = () =>
    eventually(async () => {
      const { manager } = nats().require();
      const { state } = await manager.streams.info('METRICS');
      const found: MetricsMissed[] = [];
      for (let seq = state.first_seq; seq <= state.last_seq; seq += 1) {
        const stored = await manager.streams.getMessage('METRICS', { seq });
        if (stored?.subject === MetricsMissed.subject) {
          found.push(MetricsMissed.schema.parse(stored.json()));
        }
      }
      return found.length > 0 && found;
    });
  const database = () => world.collector.app.get(Database);
  const nats = () => world.collector.app.get(NatsConnection);

  it(
    'goes on publishing while PostgreSQL is away, and says that nothing was stored',
    async () => {
      await post({ body: sample('away', 1) });
      const states = await observeEvents(world.collector, StateObserved);
      const published = await observeEvents(world.collector, MetricsIngested);
      await world.postgres?.stop();

      const answer = await post({ body: { ...sample('away', 2), state: snapshotOf(1) } });
      expect(answer.status).toBe(503);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      await states.until(({ sequence, hostLabels }) => {
        return sequence.counter === 1 && hostLabels['role'] === 'web';
      });
      await published.until(({ samples }) => samples.some(({ value }) => value === 2));

      const health = await callApi(world.url, 'GET', '/health', { key: undefined });
      expect(health).toMatchObject({
        status: 200,
        body: {
          status: 'degraded',
          components: { postgres: { status: 'down' }, nats: { status: 'ok' } },
        },
      });

      await world.postgres?.restart();
      await database().untilUp();
      expect((await post({ body: sample('away', 2) })).status).toBe(202);
      expect(await pointsOf('away')).toEqual([
        [now + 1, 1],
        [now + 2, 2],
      ]);
      await Promise.all([states.stop(), published.stop()]);
    },
    WORLD_TIMEOUT_MS,
  );

  it(
    'lets enrolled agents in at a collector that starts while PostgreSQL is away',
    async () => {
      await world.postgres?.stop();
      const other = await world.startCollector();
      const states = await observeEvents(world.collector, StateObserved);
      await eventually(async () => {
        const body = { source: HOST, metrics: [], state: snapshotOf(50) };
        const answer = await callApi(other.url, 'POST', '/ingest', { key, body });
        return answer.status === 202;
      });
      await states.until(({ sequence, hostLabels }) => {
        return sequence.counter === 50 && hostLabels['role'] === 'web';
      });
      const unknown = await callApi(other.url, 'POST', '/ingest', {
        key: 'vgl_agent_unknown',
        body: sample('x', 1),
      });
      expect(unknown.status).toBe(503);
      await states.stop();
      await world.postgres?.restart();
      await database().untilUp();
    },
    WORLD_TIMEOUT_MS,
  );

  it(
    'goes on storing while NATS is away, and takes no state then',
    async () => {
      await world.nats.stop();
      await eventually(() => nats().status().state === 'down');
      expect((await post({ body: sample('silent', 1) })).status).toBe(202);
      const refused = await post({ body: { ...sample('silent', 2), state: snapshotOf(100) } });
      expect(refused.status).toBe(503);
      expect(await pointsOf('silent')).toEqual([
        [now + 1, 1],
        [now + 2, 2],
      ]);
      await world.nats.restart();
      await eventually(() => nats().status().state === 'up');
      expect((await tellings()).at(-1)).toEqual({ from: now + 1, to: now + 2, sources: [HOST] });
      const states = await observeEvents(world.collector, StateObserved);
      expect(
        (await post({ body: { ...sample('silent', 2), state: snapshotOf(100) } })).status,
      ).toBe(202);
      await states.until(({ sequence }) => sequence.counter === 100);
      await states.stop();
    },
    WORLD_TIMEOUT_MS,
  );

  it(
    'is down only when both are away',
    async () => {
      await world.postgres?.stop();
      await world.nats.stop();
      await eventually(() =>
        nats().status().state === 'down' && !database().isUp() ? true : ping(),
      );
      const answer = await callApi(world.url, 'GET', '/health', { key: undefined });
      expect(answer).toMatchObject({ status: 503, body: { status: 'down' } });
      await world.postgres?.restart();
      await world.nats.restart();
      await eventually(async () => {
        const health = await callApi(world.url, 'GET', '/health', { key: undefined });
        return health.status === 200;
      });

      /** The loss of PostgreSQL shows at the next call. */
      async function ping(): Promise<boolean> {
        await callApi(world.url, 'GET', '/health', { key: undefined });
        return false;
      }
    },
    WORLD_TIMEOUT_MS,
  );
});
