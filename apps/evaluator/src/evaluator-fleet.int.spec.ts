import { AlertFiring, AlertResolved, DriftResolved, type Sample } from '@vigil/contracts';
import { eventually } from '@vigil/testkit';
import type { Evaluator } from './evaluator.js';
import { id, policy, replica, service } from './testing/fixtures.js';
import { TestWorld } from './testing/test-world.js';

/** Real servers on a loaded machine; each wait has its own, shorter limit. */
const PATIENCE_MS = 60_000;

const web = service('web');
const resource = id('default/Service/web');
const dead = replica(web, 0, { state: 'exited', exitCode: 137 });
const HOT = policy('hot', { condition: 'cpu_usage > 80% for 10s', action: 'notify' });

function hotSamples(): Sample[] {
  const start = Date.now() - 20_000;
  return Array.from({ length: 20 }, (_, index) => ({
    name: 'cpu_usage',
    labels: {},
    value: 95,
    timestamp: start + index * 1_000,
  }));
}

describe('a host that is removed from the fleet', () => {
  let world: TestWorld;
  beforeEach(async () => {
    world = await TestWorld.start();
    await world.observe('host-1', [replica(web)]);
    await world.declare([web, HOT]);
  }, PATIENCE_MS);
  afterEach(() => world.stop());

  const placementOf = (evaluator: Evaluator) => evaluator.memory.resource(resource)?.placement;
  const alerts = async (contract: typeof AlertFiring | typeof AlertResolved) =>
    (await world.events(contract)).map(({ id: alert, labels }) => ({ alert, labels }));

  it(
    'has its replicas placed anew, its drift and its alerts resolved, while the evaluator runs',
    async () => {
      const evaluator = await world.startEvaluator();
      await world.observe('host-1', [dead]);
      const first = await world.untilRequested(resource);
      await world.finish(first, 'failed');
      await world.ingest('host-1', hotSamples());
      const [firing] = await eventually(async () => {
        const all = await alerts(AlertFiring);
        return all.length > 0 && all;
      });
      expect(firing?.labels).toEqual({ source: 'host-1' });

      await world.removeHost('host-1');
      await eventually(async () => {
        const resolved = await world.events(DriftResolved);
        return resolved.some(({ host, type }) => host === 'host-1' && type === 'missing');
      });
      await eventually(async () => {
        expect(await alerts(AlertResolved)).toEqual([firing]);
        return true;
      });
      expect(evaluator.knowledge.observed.host('host-1')).toBeUndefined();

      await world.observe('host-2', []);
      const moved = await eventually(async () => (await world.requestsFor(resource))[1]);
      expect(moved).toMatchObject({ action: 'start', targets: [{ replica: 0, host: 'host-2' }] });
      expect(placementOf(evaluator)).toMatchObject([{ replica: 0, host: 'host-2' }]);
    },
    PATIENCE_MS,
  );

  it(
    'is gone for an evaluator that did not run meanwhile, whatever arrives late',
    async () => {
      let evaluator = await world.startEvaluator();
      await world.ingest('host-1', hotSamples());
      const [firing] = await eventually(async () => {
        const all = await alerts(AlertFiring);
        return all.length > 0 && all;
      });
      await world.evaluate(resource);
      expect(placementOf(evaluator)).toMatchObject([{ replica: 0, host: 'host-1' }]);
      await world.stopEvaluator();

      await world.removeHost('host-1');
      // a snapshot that was on its way
      await world.observe('host-1', [replica(web)]);
      await world.observe('host-2', []);
      evaluator = await world.startEvaluator();
      expect(await world.untilRequested(resource)).toMatchObject({
        action: 'start',
        targets: [{ replica: 0, host: 'host-2' }],
      });
      await eventually(async () => {
        expect(await alerts(AlertResolved)).toEqual([firing]);
        return true;
      });
      expect(await alerts(AlertFiring)).toEqual([firing]);
    },
    PATIENCE_MS,
  );

  it(
    'is a host like any other when it is enrolled again',
    async () => {
      const evaluator = await world.startEvaluator();
      await world.observe('host-1', [replica(web)]);
      await world.removeHost('host-1');
      await eventually(() => evaluator.knowledge.observed.host('host-1') === undefined);
      await world.evaluate(resource);
      expect(placementOf(evaluator)).toEqual([]);

      await world.enrolAgain('host-1');
      await world.observe('host-1', [replica(web)]);
      await eventually(() => evaluator.knowledge.observed.host('host-1'));
      expect(await world.evaluate(resource)).toEqual({ outcome: 'evaluated', drift: [] });
      expect(placementOf(evaluator)).toMatchObject([{ replica: 0, host: 'host-1' }]);
      expect(await world.requestsFor(resource)).toEqual([]);
    },
    PATIENCE_MS,
  );
});
