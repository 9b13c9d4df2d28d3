import {
  AlertFiring,
  DecisionRecorded,
  DriftDetected,
  DriftResolved,
  type Sample,
} from '@vigil/contracts';
import { eventually, startPostgres } from '@vigil/testkit';
import { buildEvaluator, EvaluatorProcess } from './testing/evaluator-process.js';
import { id, policy, replica, service } from './testing/fixtures.js';
import { TestWorld } from './testing/test-world.js';

const web = service('web');
const resource = id('default/Service/web');
const running = (instance: string) => replica(web, 0, { instance });
const dead = (instance: string) => replica(web, 0, { instance, state: 'exited', exitCode: 137 });

/** Real servers on a loaded machine; each wait has its own, shorter limit. */
const PATIENCE_MS = 60_000;

describe('an evaluator that ends and starts again', () => {
  let world: TestWorld;
  beforeEach(async () => {
    world = await TestWorld.start();
    await world.observe('host-1', [running('a')]);
    await world.declare([web]);
  }, PATIENCE_MS);
  afterEach(() => world.stop());

  it(
    'asks for nothing twice after kill -9, and goes on with the next fault',
    async () => {
      buildEvaluator();
      let evaluator = await EvaluatorProcess.start(world.nats.url, world.database.url);
      try {
        await world.observe('host-1', [dead('a')]);
        const first = await world.untilRequested(resource);
        await evaluator.kill();

        evaluator = await EvaluatorProcess.start(world.nats.url, world.database.url);
        await world.evaluate(resource);
        expect(await world.requestsFor(resource)).toHaveLength(1);
        const detected = await world.events(DriftDetected);
        expect(new Set(detected.map((drift) => drift.id)).size).toBe(1);
        await evaluator.kill();

        // what happens while nobody evaluates is seen afterwards
        await world.finish(first);
        await world.observe('host-1', [running('b')]);
        await world.observe('host-1', [dead('b')]);
        evaluator = await EvaluatorProcess.start(world.nats.url, world.database.url);
        const second = await eventually(async () => (await world.requestsFor(resource))[1]);
        expect(second).toMatchObject({ attempt: 1, targets: [{ instance: 'b' }] });
        expect(second.actionId).not.toBe(first.actionId);
        expect(await evaluator.terminate()).toBe(0);
      } finally {
        await evaluator.kill();
      }
    },
    PATIENCE_MS,
  );

  it(
    'resolves after a restart what it had detected before',
    async () => {
      await world.startEvaluator();
      await world.observe('host-1', [dead('a')]);
      const request = await world.untilRequested(resource);
      await world.stopEvaluator();
      await world.finish(request);
      await world.observe('host-1', [running('b')]);
      await world.startEvaluator();
      const [resolved] = await eventually(async () => {
        const events = await world.events(DriftResolved);
        return events.length > 0 && events;
      });
      expect(resolved).toMatchObject({ correlationId: request.correlationId, state: 'resolved' });
      expect(await world.requestsFor(resource)).toHaveLength(1);
    },
    PATIENCE_MS,
  );

  it(
    'goes on waiting for a condition where it was',
    async () => {
      const hot = policy('hot', { condition: 'cpu_usage > 80% for 20s', action: 'notify' });
      await world.declare([web, hot]);
      const evaluator = await world.startEvaluator();
      // within the lateness bound, as what an agent has just spooled
      const from = Date.now() - 25_000;
      const samples = (first: number, last: number): Sample[] =>
        Array.from({ length: last - first }, (_, index) => ({
          name: 'cpu_usage',
          labels: { resource },
          value: 90,
          timestamp: from + (first + index) * 1_000,
        }));
      await world.ingest('host-1', samples(0, 12));
      const hotId = id('default/Policy/hot');
      const pending = await eventually(() => evaluator.memory.policy(hotId)?.alerts[0]);
      expect(pending.phase).toBe('pending');
      await world.stopEvaluator();

      await world.startEvaluator();
      await world.ingest('host-1', samples(12, 25));
      const [alert] = await eventually(async () => {
        const events = await world.events(AlertFiring);
        return events.length > 0 && events;
      });
      expect(alert).toMatchObject({ activeAt: pending.activeSince, policy: hotId });
    },
    PATIENCE_MS,
  );

  it(
    'says again nothing that it has said, when nothing has changed',
    async () => {
      await world.startEvaluator();
      await world.observe('host-1', [dead('a')]);
      await world.untilRequested(resource);
      const codes = async () => (await world.events(DecisionRecorded)).map(({ code }) => code);
      await eventually(async () => (await codes()).length > 0);
      await world.stopEvaluator();
      await world.startEvaluator();
      await world.evaluate(resource);
      expect(await codes()).toEqual(['requested']);
    },
    PATIENCE_MS,
  );
});

describe('an evaluator without its neighbours', () => {
  let world: TestWorld;
  beforeEach(async () => {
    world = await TestWorld.start();
    await world.observe('host-1', [running('a')]);
    await world.declare([web]);
  }, PATIENCE_MS);
  afterEach(() => world.stop());

  it(
    'asks for repairs while PostgreSQL is away, and loses no row',
    async () => {
      const postgres = await startPostgres();
      try {
        await world.startEvaluator({ databaseUrl: postgres.url });
        await postgres.kill();
        await world.observe('host-1', [dead('a')]);
        const request = await world.untilRequested(resource);
        await postgres.restart();
        await eventually(async () => {
          const statement = 'SELECT action_id FROM decisions';
          const rows = await world.rows(statement, [], postgres.url);
          expect(rows).toEqual([{ action_id: request.actionId }]);
          return rows;
        });
      } finally {
        await postgres.stop();
      }
    },
    PATIENCE_MS,
  );

  it(
    'knows nothing when NATS comes back empty, and does nothing until Git is in force again',
    async () => {
      const evaluator = await world.startEvaluator();
      await world.evaluate(resource);
      await world.loseNats();
      await eventually(() => evaluator.knowledge.desired.current(resource).status === 'unknown');
      await eventually(() => world.observe('host-1', [dead('a')]).then(() => true));
      const answer = await eventually(() => world.evaluate(resource));
      expect(answer).toMatchObject({ outcome: 'evaluated' });
      expect(await world.requestsFor(resource)).toEqual([]);

      await world.declare([web]);
      await world.restore();
      expect(await world.untilRequested(resource)).toMatchObject({ action: 'start' });
    },
    PATIENCE_MS,
  );
});
