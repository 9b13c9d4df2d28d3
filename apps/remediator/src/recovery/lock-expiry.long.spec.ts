import { NatsConnection } from '@vigil/messaging';
import { eventually } from '@vigil/testkit';
import { RemediatorWorld } from '../testing/remediator-world.js';
import { Scenario } from '../testing/scenario.js';

describe('a remediator on another host', () => {
  it('takes over an action when the lock of the one that died has expired', async () => {
    const world = await RemediatorWorld.start();
    try {
      const web = new Scenario(world);
      await web.placeDead();
      const { service, log } = await world.mortalRemediator(1);
      const wanted = web.wanted();
      log.deaths.set(wanted.actionId, { entry: 3, moment: 'after' });
      await world.request(wanted);
      await eventually(() => log.died.has(wanted.actionId));
      await service.app.get(NatsConnection).close();
      log.bury();

      await world.remediator({ port: 2 });
      await world.reaches(wanted.actionId, 'succeeded');
      expect(web.done).toEqual(['start 0']);
    } finally {
      await world.stop();
    }
  }, 60_000);
});
