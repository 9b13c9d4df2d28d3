import { NatsConnection } from '@vigil/messaging';
import { eventually } from '@vigil/testkit';
import { RemediatorWorld, type RemediatorOptions } from '../testing/remediator-world.js';
import { Scenario } from '../testing/scenario.js';

/** Names the remediator in its locks: the second one is the first one, started again. */
const PORT = 4_715;

/** Number of the entry that says that the first batch is proved and the second one may begin. */
const NEXT_BATCH = 6;

describe('an update that was interrupted between two replicas', () => {
  let world: RemediatorWorld;
  beforeAll(async () => {
    world = await RemediatorWorld.start();
  }, 30_000);
  afterAll(() => world.stop());
  afterEach(() => world.stopRemediators());

  async function interrupted(web: Scenario): Promise<string> {
    const { service, log } = await world.mortalRemediator(PORT);
    const wanted = await web.oldReplicas(2);
    log.deaths = new Map([[wanted.actionId, { entry: NEXT_BATCH, moment: 'after' }]]);
    await world.request(wanted);
    await eventually(() => log.died.size === 1);
    await service.app.get(NatsConnection).close();
    log.bury();
    expect(web.done).toEqual(['restart 0']);
    return wanted.actionId;
  }

  it('goes on, also when the first one was started again meanwhile', async () => {
    const web = new Scenario(world);
    const id = await interrupted(web);
    await web.agent.happens(web.resource, 0, { instance: 'after a reboot' });
    await world.remediator({ port: PORT });
    await world.reaches(id, 'succeeded', 'rolled_back');
    expect(web.done).toEqual(['restart 0', 'restart 1']);
  });

  it.each<[string, RemediatorOptions]>([
    ['mode-off', { mode: 'off' }],
    ['needs-approval', { mode: 'approve' }],
    ['stale', { clockOffsetMs: 60_000 }],
  ])('does not go on when that is not allowed any more: %s', async (code, options) => {
    const web = new Scenario(world);
    const id = await interrupted(web);
    await world.remediator({ port: PORT, ...options });
    const { reason } = await world.reaches(id, 'failed', 'succeeded');
    expect(reason).toMatchObject({ code });
    expect(web.done).toEqual(['restart 0']);
  });
});
