import { DriftResolved, MetricsMissed, type Sample } from '@vigil/contracts';
import { Bus } from '@vigil/messaging';
import { Clock, SilentLog } from '@vigil/service';
import { Database, PostgresSampleStore } from '@vigil/storage';
import { eventually } from '@vigil/testkit';
import { Evaluator } from './evaluator.js';
import { ForgottenOccurrences } from './recovery/forgotten-occurrences.js';
import { id, policy, replica, service } from './testing/fixtures.js';
import { TestWorld } from './testing/test-world.js';

/** Real servers on a loaded machine; each wait has its own, shorter limit. */
const PATIENCE_MS = 60_000;

const web = service('web');
const resource = id('default/Service/web');

const statusOf = async (world: TestWorld) => {
  const statement = 'SELECT health FROM resource_status WHERE resource = $1';
  const [row] = await world.rows<{ health: string }>(statement, [resource]);
  return row?.health;
};

describe('an evaluator whose NATS lost everything', () => {
  let world: TestWorld;
  beforeEach(async () => {
    world = await TestWorld.start();
  }, PATIENCE_MS);
  afterEach(() => world.stop());

  it(
    'starts nothing elsewhere while the host that had it has not reported again',
    async () => {
      await world.observe('host-b', [replica(web)]);
      await world.declare([web]);
      await world.startEvaluator();
      await eventually(async () => (await statusOf(world)) === 'Healthy');
      await world.stopEvaluator();

      await world.loseNats();
      await world.restore();
      await world.declare([web]);
      await world.observe('host-a', []);
      await world.startEvaluator();
      expect(await world.evaluate(resource)).toMatchObject({
        drift: [{ type: 'unreachable', host: 'host-b' }],
      });
      expect(await world.requestsFor(resource)).toEqual([]);

      await world.observe('host-b', [replica(web)]);
      expect(await world.evaluate(resource)).toEqual({ outcome: 'evaluated', drift: [] });
    },
    PATIENCE_MS,
  );

  it(
    'ends what PostgreSQL shows as open and nobody remembers',
    async () => {
      await world.observe('host-b', [replica(web, 0, { state: 'exited' })]);
      await world.declare([web]);
      await world.startEvaluator();
      const open = "SELECT id FROM drift_events WHERE state = 'open'";
      const [row] = await eventually(async () => {
        const rows = await world.rows<{ id: string }>(open);
        return rows.length > 0 && rows;
      });
      await world.stopEvaluator();

      await world.loseNats();
      await world.restore();
      await world.declare([web]);
      await world.observe('host-b', [replica(web)]);
      const evaluator = await world.startEvaluator();
      await world.evaluate(resource);
      const forgotten = new ForgottenOccurrences(
        world.part(Database),
        evaluator.memory,
        world.part(Bus),
        world.part(Clock),
        new SilentLog(),
      );
      await world.part(Database).untilUp();
      await forgotten.resolve();
      expect(await world.events(DriftResolved)).toMatchObject([{ id: row?.id, state: 'resolved' }]);
      await eventually(async () => (await world.rows(open)).length === 0);
    },
    PATIENCE_MS,
  );
});

describe('alerts, when NATS lost everything', () => {
  let world: TestWorld;
  beforeEach(async () => {
    world = await TestWorld.start();
  }, PATIENCE_MS);
  afterEach(() => world.stop());

  const hot = policy('hot', { condition: 'temperature > 80', action: 'restart' });
  const reading = (value: number): Sample[] => [
    { name: 'temperature', labels: { resource }, value, timestamp: Date.now() },
  ];
  const alerts = () =>
    world.rows<{ id: string; state: string }>('SELECT id, state FROM alerts ORDER BY fired_at');

  it(
    'fire on under their ids while nothing is known, and ask for other actions than before',
    async () => {
      await world.observe('host-b', [replica(web)]);
      await world.declare([web, hot]);
      await world.startEvaluator();
      await world.ingest('host-b', reading(90));
      const before = await world.untilRequested(resource);
      const [alert] = await eventually(async () => {
        const decided = await world.rows(
          "SELECT id FROM decisions WHERE outcome = 'requested' AND resource = $1",
          [resource],
        );
        const rows = await alerts();
        return decided.length > 0 && rows.length > 0 && rows;
      });
      await world.stopEvaluator();

      await world.loseNats();
      await world.restore();
      await world.declare([web, hot]);
      await world.observe('host-b', [replica(web)]);
      const evaluator = await world.startEvaluator();
      expect([...evaluator.memory.firingAlertIds()]).toEqual([alert?.id]);
      await eventually(() => evaluator.alerting.policies.readersOf('temperature').length > 0);
      await world.observe('host-b', [replica(web)]);
      await world.ingest('host-b', reading(91));
      const after = await world.untilRequested(resource);
      expect(after.actionId).not.toBe(before.actionId);
      expect(after.causes).toMatchObject([{ kind: 'policy', alertId: alert?.id }]);
      expect(await alerts()).toEqual([{ id: alert?.id, state: 'firing' }]);

      await world.ingest('host-b', reading(20));
      await eventually(async () => (await alerts())[0]?.state === 'resolved');
      expect(await alerts()).toHaveLength(1);
    },
    PATIENCE_MS,
  );
});

describe('the windows of policies', () => {
  let world: TestWorld;
  beforeAll(async () => {
    world = await TestWorld.start();
    await world.startEvaluator();
    await world.part(Database).untilUp();
  }, PATIENCE_MS);
  afterAll(() => world.stop());

  const samples = (metric: string, from: number, count: number, stepMs: number): Sample[] =>
    Array.from({ length: count }, (_, index) => ({
      name: metric,
      labels: { resource },
      value: 1,
      timestamp: from + index * stepMs,
    }));

  const windowOf = (metric: string) => {
    const { series } = world.part(Evaluator).alerting;
    return [...series.seriesOf(metric)].map((window) => window.count);
  };

  it(
    'reach back to what only the store has, when they are longer than the stream',
    async () => {
      const metric = 'queue_length';
      const store = new PostgresSampleStore(world.part(Database));
      const receivedAt = Date.now();
      const old = samples(metric, receivedAt - 110 * 60_000, 40, 60_000);
      await store.append({ source: 'host-1', receivedAt, samples: old });
      const long = policy('long', { condition: `avg(${metric}[2h]) > 5`, action: 'notify' });
      await world.declare([long], 'long');
      await eventually(() => windowOf(metric)[0] === 40);
    },
    PATIENCE_MS,
  );

  it(
    'reach back to what NATS has lost, when the stream is younger than they are',
    async () => {
      const metric = 'busy_workers';
      const store = new PostgresSampleStore(world.part(Database));
      const receivedAt = Date.now();
      // from before the stream was made, and from after
      const before = samples(metric, receivedAt - 50 * 60_000, 40, 60_000);
      await store.append({ source: 'host-1', receivedAt, samples: before });
      await world.ingest('host-1', samples(metric, receivedAt, 1, 1_000));
      const short = policy('lost-hour', {
        condition: `avg(${metric}[55m]) > 5`,
        action: 'notify',
      });
      await world.declare([short], 'lost-hour');
      await eventually(() => windowOf(metric)[0] === 41);
    },
    PATIENCE_MS,
  );

  it(
    'take in what the collector stored while NATS was away',
    async () => {
      const metric = 'open_requests';
      const short = policy('short', { condition: `${metric} > 5 for 1m`, action: 'notify' });
      await world.declare([short], 'short');
      await eventually(() => world.part(Evaluator).alerting.policies.readersOf(metric).length > 0);
      await world.nats.stop();
      const store = new PostgresSampleStore(world.part(Database));
      const receivedAt = Date.now();
      const missed = samples(metric, receivedAt - 5_000, 5, 1_000);
      await store.append({ source: 'host-1', receivedAt, samples: missed });
      await world.nats.restart();
      await eventually(() => windowOf(metric)[0] === 5);
    },
    PATIENCE_MS,
  );

  it(
    'take in what a collector stored that had lost NATS alone',
    async () => {
      const metric = 'lost_requests';
      const short = policy('lost', { condition: `${metric} > 5 for 5m`, action: 'notify' });
      await world.declare([short], 'lost');
      await eventually(() => world.part(Evaluator).alerting.policies.readersOf(metric).length > 0);
      const store = new PostgresSampleStore(world.part(Database));
      const receivedAt = Date.now();
      const missed = samples(metric, receivedAt - 60_000, 5, 1_000);
      const [first, last] = [missed[0], missed.at(-1)];
      await store.append({ source: 'host-1', receivedAt, samples: missed });
      await store.append({ source: 'host-2', receivedAt, samples: missed });
      await world.bus.publish(MetricsMissed, {
        from: first?.timestamp ?? 0,
        to: last?.timestamp ?? 0,
        sources: ['host-1'],
      });
      await eventually(() => windowOf(metric).length > 0);
      expect(windowOf(metric)).toEqual([5]);
    },
    PATIENCE_MS,
  );

  it(
    'never act on what comes too late',
    async () => {
      const metric = 'late_thing';
      const late = policy('late', { condition: `${metric} > 0`, action: 'notify' });
      await world.declare([late], 'late');
      await eventually(() => world.part(Evaluator).alerting.policies.readersOf(metric).length > 0);
      const now = Date.now();
      await eventually(() =>
        world.ingest('host-1', samples(metric, now - 600_000, 5, 1_000)).then(() => true),
      );
      await world.ingest('host-1', samples(metric, now, 1, 1_000));
      await eventually(() => windowOf(metric)[0] === 1);
    },
    PATIENCE_MS,
  );
});
