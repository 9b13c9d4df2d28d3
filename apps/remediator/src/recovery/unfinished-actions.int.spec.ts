import { ActionLogged, type ActionLogEntry } from '@vigil/contracts';
import { RemediatorWorld } from '../testing/remediator-world.js';
import { Scenario } from '../testing/scenario.js';

const HOUR = 3_600_000;

describe('actions that were left unfinished hours ago', () => {
  it('are finished, also beside a log that is not whole any more', async () => {
    const world = await RemediatorWorld.start();
    try {
      const web = new Scenario(world);
      const write = (entry: ActionLogEntry) =>
        world.bus.publish(ActionLogged, entry, { params: { actionId: entry.actionId } });
      const request = web.wanted();
      const { actionId, correlationId, resource } = request;
      const common = { correlationId, resource, at: Date.now(), actor: 'evaluator' };
      await write({
        ...common,
        actionId: `broken-${actionId}`,
        sequence: 7,
        kind: 'transition',
        from: 'running',
        to: 'verifying',
      });
      await write({ ...common, actionId, sequence: 0, kind: 'requested', request });
      await world.remediator({ clockOffsetMs: 5 * HOUR });
      const ended = await world.reaches(actionId, 'suppressed');
      expect(ended.reason).toMatchObject({ code: 'stale' });
      expect(world.errors).toEqual(['the log of an action cannot be read']);
    } finally {
      await world.stop();
    }
  }, 30_000);
});
