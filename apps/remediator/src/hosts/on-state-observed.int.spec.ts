import { NatsConnection } from '@vigil/messaging';
import { pause } from '@vigil/service';
import { eventually, startGate } from '@vigil/testkit';
import { RemediatorWorld } from '../testing/remediator-world.js';
import { Scenario } from '../testing/scenario.js';
import { ObservedHosts } from './observed-hosts.js';

describe('a remediator that alone lost NATS', () => {
  it('takes a snapshot that it missed for as old as it is', async () => {
    const world = await RemediatorWorld.start();
    const gate = await startGate(world.nats.port);
    try {
      const { app } = await world.remediator({ natsUrl: `nats://127.0.0.1:${gate.port}` });
      const web = new Scenario(world);
      await web.place();
      const { ended } = app.get(NatsConnection).require();
      gate.close();
      await eventually(() => ended.aborted);
      await web.agent.place({ resource: web.resource, instance: 'meanwhile' });
      const storedBefore = Date.now();
      await pause(200);
      gate.open();
      const hosts = app.get(ObservedHosts);
      const view = await eventually(() => {
        const found = hosts.get(web.host);
        const [replica] = found?.replicas.get(web.resource) ?? [];
        if (replica?.instance !== 'meanwhile') throw new Error('not heard yet');
        return found;
      });
      // server and reader both cut their times to whole milliseconds
      expect(view?.seenAt).toBeLessThanOrEqual(storedBefore + 2);
    } finally {
      await world.stop();
      await gate.stop();
    }
  }, 60_000);
});
