import {
  AlertFiring,
  AlertResolved,
  DecisionRecorded,
  DriftDetected,
  DriftResolved,
  type ReplicaObservation,
  type Sample,
} from '@vigil/contracts';
import { eventually } from '@vigil/testkit';
import { CHECK, digestOf, id, policy, replica, service } from './testing/fixtures.js';
import { RecordingLog } from './testing/recording-log.js';
import { TestWorld } from './testing/test-world.js';

const exited = (state: Partial<ReplicaObservation> = {}) => ({
  state: 'exited' as const,
  ...state,
});

const failing = (consecutiveFailures: number): Partial<ReplicaObservation> => ({
  health: {
    status: consecutiveFailures < 3 ? 'healthy' : 'unhealthy',
    consecutiveFailures,
    failingSince: 1_763_700_000_000,
  },
});

/** Real servers on a loaded machine; each wait has its own, shorter limit. */
const PATIENCE_MS = 60_000;

/** Each test has a source, a service and a host of its own. */
describe('the evaluator', () => {
  let world: TestWorld;
  const log = new RecordingLog();
  beforeAll(async () => {
    world = await TestWorld.start();
    await world.startEvaluator({ log });
  }, PATIENCE_MS);
  afterAll(() => world.stop());

  it(
    'asks for one start when a process dies, and records why',
    async () => {
      const web = service('web');
      const resource = id('default/Service/web');
      await world.observe('web-host', [replica(web)]);
      await world.declare([web], 'web');
      expect(await world.evaluate(resource)).toEqual({ outcome: 'evaluated', drift: [] });

      await world.observe('web-host', [replica(web, 0, exited({ exitCode: 137 }))]);
      const request = await world.untilRequested(resource);
      expect(request).toMatchObject({
        action: 'start',
        attempt: 1,
        targets: [{ replica: 0, host: 'web-host', instance: 'web-0-a' }],
        mode: 'auto',
        causes: [{ kind: 'drift', driftType: 'missing' }],
      });
      const { correlationId, actionId } = request;
      await eventually(async () => {
        const statement =
          'SELECT drift_type, state, correlation_id FROM drift_events WHERE resource_name = $1';
        const rows = await world.rows(statement, [resource]);
        expect(rows).toEqual([
          { drift_type: 'missing', state: 'open', correlation_id: correlationId },
        ]);
        return rows;
      });
      await eventually(async () => {
        const statement = 'SELECT code, action_id FROM decisions WHERE correlation_id = $1';
        const rows = await world.rows(statement, [correlationId]);
        expect(rows).toEqual([{ code: 'requested', action_id: actionId }]);
        return rows;
      });

      await world.finish(request);
      await world.observe('web-host', [replica(web, 0, { instance: 'web-0-b' })]);
      await eventually(async () => {
        const statement = 'SELECT sync, health FROM resource_status WHERE resource = $1';
        const rows = await world.rows(statement, [resource]);
        expect(rows).toEqual([{ sync: 'Synced', health: 'Healthy' }]);
        return rows;
      });
      const resolved = (await world.events(DriftResolved)).filter(
        (drift) => drift.resource === resource,
      );
      expect(resolved).toMatchObject([{ correlationId, state: 'resolved' }]);
      expect(await world.requestsFor(resource)).toHaveLength(1);
    },
    PATIENCE_MS,
  );

  it(
    'asks for the next attempt only when the one before has ended',
    async () => {
      const web = service('again');
      const resource = id('default/Service/again');
      await world.observe('again-host', [replica(web, 0, exited())]);
      await world.declare([web], 'again');
      const first = await world.untilRequested(resource);
      await world.evaluate(resource);
      expect(await world.requestsFor(resource)).toHaveLength(1);

      await world.finish(first, 'failed');
      await world.observe('again-host', [replica(web, 0, exited())]);
      const second = await eventually(async () => (await world.requestsFor(resource))[1]);
      expect(second).toMatchObject({ attempt: 2, action: 'start' });
      expect(second.actionId).not.toBe(first.actionId);
      expect(second.correlationId).toBe(first.correlationId);
    },
    PATIENCE_MS,
  );

  it(
    'restarts a replica whose check fails often enough, and says why not before',
    async () => {
      const web = service('sick', { healthCheck: CHECK });
      const resource = id('default/Service/sick');
      await world.observe('sick-host', [replica(web)]);
      await world.declare([web], 'sick');
      await world.observe('sick-host', [replica(web, 0, failing(2))]);
      await world.evaluate(resource);
      expect(await world.requestsFor(resource)).toEqual([]);
      await world.observe('sick-host', [replica(web, 0, failing(3))]);
      expect(await world.untilRequested(resource)).toMatchObject({
        action: 'restart',
        causes: [{ driftType: 'health' }],
        targets: [{ replica: 0, instance: 'sick-0-a' }],
      });
    },
    PATIENCE_MS,
  );

  it(
    'does nothing about a switch that a person set, and acts when it is lifted',
    async () => {
      const web = service('held');
      const resource = id('default/Service/held');
      const control = { actor: 'alice', reason: 'migration', at: Date.now() };
      await world.control('source.suspended', { ...control, active: true });
      await world.observe('held-host', [replica(web, 0, exited())]);
      await world.declare([web], 'suspended');
      await eventually(async () => {
        const decisions = await world.events(DecisionRecorded);
        const own = decisions.filter((decision) => decision.resource === resource);
        return own.at(-1)?.code === 'suspended';
      });
      expect(await world.requestsFor(resource)).toEqual([]);
      await world.control('source.suspended', { ...control, active: false, at: Date.now() });
      expect(await world.untilRequested(resource)).toMatchObject({ action: 'start' });
    },
    PATIENCE_MS,
  );

  it(
    'holds the last good spec after a roll-back, until a person retries',
    async () => {
      const good = service('rolled');
      const bad = service('rolled', { command: ['false'] });
      const resource = id('default/Service/rolled');
      await world.observe('rolled-host', [replica(good)]);
      await world.declare([good], 'rolled');
      await world.evaluate(resource);
      await world.declare([bad], 'rolled');
      const update = await world.untilRequested(resource);
      expect(update).toMatchObject({ action: 'update', desiredDigest: digestOf(bad) });
      await world.finish(update, 'rolled_back');

      await world.observe('rolled-host', [replica(good, 0, exited({ instance: 'x' }))]);
      const repair = await eventually(async () => (await world.requestsFor(resource))[1]);
      expect(repair).toMatchObject({ action: 'start', desiredDigest: digestOf(good) });
      await world.finish(repair);
      await world.observe('rolled-host', [replica(good, 0, { instance: 'y' })]);
      await eventually(async () => {
        const statement = 'SELECT health, held_digest FROM resource_status WHERE resource = $1';
        const [row] = await world.rows(statement, [resource]);
        expect(row).toEqual({ health: 'Degraded', held_digest: digestOf(good) });
        return row;
      });

      const answer = await world.act(resource, 'update');
      expect(answer.outcome).toBe('requested');
      const retry = (await world.requestsFor(resource))[2];
      expect(retry).toMatchObject({ action: 'update', desiredDigest: digestOf(bad) });
      expect(retry?.operator).toMatchObject({ actor: 'alice' });
    },
    PATIENCE_MS,
  );

  it(
    'answers a person who asks for what cannot be done',
    async () => {
      const web = service('asked');
      const resource = id('default/Service/asked');
      await world.observe('asked-host', [replica(web)]);
      await world.declare([web], 'asked');
      await world.evaluate(resource);
      expect(await world.act(resource, 'scale', { replicas: 2 })).toMatchObject({
        code: 'no-scale',
      });
      expect(await world.act(resource, 'start')).toMatchObject({ code: 'nothing-to-start' });
      const unknown = id('default/Service/never');
      expect(await world.act(unknown, 'restart')).toMatchObject({ outcome: 'unknown-resource' });
      expect(await world.evaluate(unknown)).toMatchObject({ outcome: 'unknown-resource' });
      expect(await world.requestsFor(resource)).toEqual([]);
    },
    PATIENCE_MS,
  );

  it(
    'fires a policy over ingested samples, acts on its target, and resolves',
    async () => {
      const web = service('busy');
      const resource = id('default/Service/busy');
      const hot = policy('hot', { condition: 'cpu_usage > 80% for 10s', action: 'restart' });
      await world.observe('busy-host', [replica(web)]);
      await world.declare([web, hot], 'busy');
      await world.evaluate(resource);
      const series = (values: readonly number[], from: number): Sample[] =>
        values.map((value, index) => ({
          name: 'cpu_usage',
          labels: { resource, replica: '0' },
          value,
          timestamp: from + index * 1_000,
        }));
      const start = Date.now() - 20_000;
      await world.ingest('busy-host', series(Array<number>(20).fill(95), start));
      const request = await world.untilRequested(resource);
      expect(request).toMatchObject({
        action: 'restart',
        causes: [{ kind: 'policy', policy: 'default/Policy/hot' }],
        targets: [{ replica: 0 }],
      });
      const firing = (await world.events(AlertFiring)).filter(
        (alert) => alert.resource === resource,
      );
      expect(firing).toMatchObject([{ state: 'firing', value: 95 }]);
      expect(firing[0]?.evidence.length).toBeGreaterThan(0);

      await world.finish(request);
      await world.ingest('busy-host', series([5, 5], Date.now() - 500));
      await eventually(async () => {
        const resolved = await world.events(AlertResolved);
        return resolved.some((alert) => alert.id === firing[0]?.id);
      });
      expect(await world.requestsFor(resource)).toHaveLength(1);
    },
    PATIENCE_MS,
  );

  it(
    'tells people once when a policy that notifies fires, and once when it ends',
    async () => {
      const web = service('noisy');
      const resource = id('default/Service/noisy');
      const loud = policy('loud', { condition: 'noise > 10 for 5s', action: 'notify' });
      await world.observe('noisy-host', [replica(web)]);
      await world.declare([web, loud], 'noisy');
      await world.evaluate(resource);
      const series = (values: readonly number[], from: number): Sample[] =>
        values.map((value, index) => ({
          name: 'noise',
          labels: { resource, replica: '0' },
          value,
          timestamp: from + index * 1_000,
        }));
      await world.ingest('noisy-host', series(Array<number>(20).fill(42), Date.now() - 20_000));
      const alertOf = async (contract: typeof AlertFiring | typeof AlertResolved) =>
        (await world.events(contract)).find((alert) => alert.resource === resource);
      await eventually(async () => (await alertOf(AlertFiring)) !== undefined);
      const correlationId = (await alertOf(AlertFiring))?.correlationId ?? '';
      await eventually(async () => {
        const decisions = await world.events(DecisionRecorded);
        return decisions.some(
          (decision) => decision.correlationId === correlationId && decision.code === 'notify',
        );
      });
      const firing = {
        level: 'warn',
        message: 'an alert is firing',
        fields: { policy: 'default/Policy/loud', resource, severity: 'warning', value: 42 },
      };
      expect(log.about(correlationId)).toMatchObject([firing]);

      await world.ingest('noisy-host', series([1, 1], Date.now() - 500));
      await eventually(() => log.about(correlationId).length > 1);
      expect(log.about(correlationId)).toMatchObject([
        firing,
        { level: 'info', message: 'an alert has ended' },
      ]);
      expect(await world.requestsFor(resource)).toEqual([]);
    },
    PATIENCE_MS,
  );

  it(
    'has no drift of what it does not know',
    async () => {
      const detected = await world.events(DriftDetected);
      expect(detected.filter(({ type }) => type === 'unreachable')).toEqual([]);
    },
    PATIENCE_MS,
  );
});
