import {
  controlKey,
  DecisionRecorded,
  DesiredStateBucket,
  desiredStateKey,
} from '@vigil/contracts';
import { eventually } from '@vigil/testkit';
import { id, replica, service } from '../testing/fixtures.js';
import { TestWorld } from '../testing/test-world.js';

const PATIENCE_MS = 60_000;
const resource = id('default/web');
const web = service('web');
const dead = replica(web, 0, { state: 'exited' });

describe('after NATS lost its data', () => {
  let world: TestWorld;
  beforeEach(async () => {
    world = await TestWorld.start();
    await world.declare([web]);
    await world.observe('host-a', [replica(web)]);
  }, PATIENCE_MS);
  afterEach(() => world.stop());

  const decisions = async () =>
    (await world.events(DecisionRecorded)).filter((decision) => decision.resource === resource);
  const lost = async () => {
    await world.loseNats();
    await world.declare([web]);
    await world.observe('host-a', [dead]);
  };

  it(
    'nothing is repaired before the switches are restored, and it is said why',
    async () => {
      await lost();
      await world.restoreOverrides();
      const evaluator = await world.startEvaluator();
      await world.evaluate(resource);
      expect(await world.requestsFor(resource)).toEqual([]);
      expect(await decisions()).toMatchObject([
        { outcome: 'none', code: 'controls-unknown', message: expect.stringMatching(/not known/) },
      ]);
      expect(evaluator.knowledge.controls.areKnown).toBe(false);

      const stop = { active: true, reason: 'incident', actor: 'ada', at: Date.now() };
      await world.control(controlKey.stop(), stop);
      await world.restoreControls();
      await eventually(() => evaluator.knowledge.controls.areKnown);
      await world.evaluate(resource);
      expect(await world.requestsFor(resource)).toEqual([]);
      await world.control(controlKey.stop(), { ...stop, active: false, at: stop.at + 1 });
      expect(await world.untilRequested(resource)).toMatchObject({ action: 'start' });
    },
    PATIENCE_MS,
  );

  it(
    'nothing that a person stopped is started before the overrides are restored, nor after that',
    async () => {
      const evaluator = await world.startEvaluator();
      await world.stopEvaluator();
      expect(evaluator.knowledge.desired.areOverridesKnown).toBe(true);
      await lost();
      await world.restoreControls();
      const next = await world.startEvaluator();
      await world.evaluate(resource);
      expect(await world.act(resource, 'restart')).toMatchObject({
        outcome: 'refused',
        code: 'unknown-state',
        message: expect.stringMatching(/scaled or stopped/),
      });
      expect(next.knowledge.desired.current(resource)).toMatchObject({
        status: 'unknown',
        awaits: 'overrides',
      });

      const now = Date.now();
      const override = {
        resource,
        owner: 'operator/ada',
        stopped: true,
        reason: 'maintenance',
        actionId: 'earlier',
        correlationId: 'earlier',
        createdAt: now,
        changedAt: now,
      };
      const overrides = world.buckets.open(DesiredStateBucket).keys('override');
      await overrides.put(desiredStateKey.override(resource), override);
      await world.restoreOverrides();
      await eventually(() => next.knowledge.desired.current(resource).status === 'declared');
      await world.evaluate(resource);
      expect(await world.requestsFor(resource)).toEqual([]);
      // the end of an override is a value, too
      const { stopped: _stopped, ...ended } = override;
      await overrides.put(desiredStateKey.override(resource), { ...ended, changedAt: now + 1 });
      expect(await world.untilRequested(resource)).toMatchObject({ action: 'start' });
    },
    PATIENCE_MS,
  );
});
