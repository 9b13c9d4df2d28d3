import { NatsConnection } from '@vigil/messaging';
import { pause } from '@vigil/service';
import { eventually, startGate, type Gate } from '@vigil/testkit';
import type { Evaluator } from './evaluator.js';
import { id, replica, service } from './testing/fixtures.js';
import { TestWorld } from './testing/test-world.js';

/** Real servers on a loaded machine; each wait has its own, shorter limit. */
const PATIENCE_MS = 60_000;

const web = service('web');
const resource = id('default/Service/web');

describe('an evaluator that alone lost NATS', () => {
  let world: TestWorld;
  let gate: Gate;
  let evaluator: Evaluator;
  beforeEach(async () => {
    world = await TestWorld.start();
    gate = await startGate(world.nats.port);
    await world.observe('host-1', [replica(web)]);
    await world.declare([web]);
    evaluator = await world.startEvaluator({ natsUrl: `nats://127.0.0.1:${gate.port}` });
  }, PATIENCE_MS);
  afterEach(async () => {
    await world.stop();
    await gate.stop();
  });

  const lose = async () => {
    const { ended } = world.part(NatsConnection).require();
    gate.close();
    await eventually(() => ended.aborted);
  };

  it(
    'takes a snapshot that it missed for as old as it is',
    async () => {
      await lose();
      await world.observe('host-1', [replica(web, 0, { instance: 'meanwhile' })]);
      const storedBefore = Date.now();
      await pause(200);
      gate.open();
      await eventually(() => {
        const [seen] = evaluator.knowledge.observed.replicasOf(resource);
        return seen?.replica.instance === 'meanwhile';
      });
      const seenAt = evaluator.knowledge.observed.host('host-1')?.seenAt ?? Infinity;
      // the times of server and reader are both cut to whole milliseconds
      expect(seenAt).toBeLessThanOrEqual(storedBefore + 2);
    },
    PATIENCE_MS,
  );
});
