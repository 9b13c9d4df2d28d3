import { actionLockKey, ActionLocksBucket } from '@vigil/contracts';
import { eventually } from '@vigil/testkit';
import { RemediatorWorld } from '../testing/remediator-world.js';
import { Scenario } from '../testing/scenario.js';

describe('a lock that is lost', () => {
  it('stops the action before its next operation, until it has the lock again', async () => {
    const world = await RemediatorWorld.start();
    try {
      await world.remediator();
      const web = new Scenario(world);
      const wanted = await web.oldReplicas(2);
      const locks = world.buckets.open(ActionLocksBucket).keys('lock');
      const key = actionLockKey(web.resource);
      const { resource } = web;
      const stranger = { actionId: 'other', resource, holder: 'stranger', acquiredAt: Date.now() };
      web.agent.onCommand = async () => {
        web.agent.onCommand = () => Promise.resolve();
        await locks.put(key, stranger);
        // the renewal that finds the stranger there
        await eventually(() => world.warnings.some((text) => text.includes('lock was lost')));
      };
      await world.request(wanted);
      await eventually(() => world.warnings.some((text) => text.includes('lock was lost')));
      await eventually(() => world.view(wanted.actionId)?.operations[0]?.finished !== undefined);
      await eventually(() => world.errors.some((text) => text.includes('interrupted')));
      expect(web.done).toEqual(['restart 0']);
      const found = await locks.get(key);
      expect(found?.value.holder).toBe('stranger');

      await locks.delete(key);
      await world.reaches(wanted.actionId, 'succeeded');
      expect(web.done).toEqual(['restart 0', 'restart 1']);
    } finally {
      await world.stop();
    }
  }, 30_000);

  it('keeps a command that got lost from being sent again, until it has the lock again', async () => {
    const world = await RemediatorWorld.start();
    try {
      await world.remediator();
      const web = new Scenario(world);
      await web.placeDead();
      web.agent.losesNextCommand = true;
      const id = await web.ask();
      const sent = () => web.agent.received.get(`${id}.0`) ?? 0;
      await eventually(() => sent() === 1);
      const locks = world.buckets.open(ActionLocksBucket).keys('lock');
      const key = actionLockKey(web.resource);
      const { resource } = web;
      await locks.put(key, {
        actionId: 'other',
        resource,
        holder: 'stranger',
        acquiredAt: Date.now(),
      });
      await eventually(() => world.errors.some((text) => text.includes('interrupted')));
      expect(sent()).toBe(1);

      await locks.delete(key);
      await world.reaches(id, 'succeeded');
      expect(sent()).toBe(2);
      expect(web.done).toEqual(['start 0']);
    } finally {
      await world.stop();
    }
  }, 60_000);
});
