import { FleetBucket, fleetKey } from '@vigil/contracts';
import { Buckets } from '@vigil/messaging';
import { eventually } from '@vigil/testkit';
import { RemediatorWorld } from '../testing/remediator-world.js';
import { Scenario } from '../testing/scenario.js';
import { ObservedHosts } from './observed-hosts.js';

describe('a host that was removed from the fleet', () => {
  it('is known no more, whatever it says, until it is enrolled again', async () => {
    const world = await RemediatorWorld.start();
    try {
      const { app } = await world.remediator();
      const web = new Scenario(world);
      await web.place();
      const hosts = app.get(ObservedHosts);
      await eventually(() => hosts.get(web.host));

      const removed = app.get(Buckets).open(FleetBucket).keys('removed');
      const key = fleetKey.removed(web.host);
      await removed.put(key, { host: web.host, removedAt: Date.now() });
      await eventually(() => hosts.get(web.host) === undefined);

      await web.agent.place({ resource: web.resource, instance: 'late' });
      const bystander = new Scenario(world);
      await bystander.place();
      await eventually(() => hosts.get(bystander.host));
      expect(hosts.get(web.host)).toBeUndefined();

      await removed.delete(key);
      const back = await eventually(() => hosts.get(web.host));
      expect(back.replicas.get(web.resource)).toMatchObject([{ instance: 'late' }]);
    } finally {
      await world.stop();
    }
  }, 60_000);
});
