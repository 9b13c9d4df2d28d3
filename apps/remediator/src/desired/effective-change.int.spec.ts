import { DesiredStateBucket, desiredStateKey } from '@vigil/contracts';
import { NatsConnection } from '@vigil/messaging';
import { eventually } from '@vigil/testkit';
import { DIGEST, policyCause } from '../testing/fixtures.js';
import { RemediatorWorld } from '../testing/remediator-world.js';
import { Scenario } from '../testing/scenario.js';

/** Names the remediator in its locks: the second one is the first one, started again. */
const PORT = 4_713;

/** Number of the entry that says that the action runs. */
const RUNNING = 2;

describe('a scale that was interrupted', () => {
  let world: RemediatorWorld;
  beforeAll(async () => {
    world = await RemediatorWorld.start();
  }, 30_000);
  afterAll(() => world.stop());
  afterEach(() => world.stopRemediators());

  async function interrupted(web: Scenario): Promise<string> {
    const { service, log } = await world.mortalRemediator(PORT);
    const manifest = web.manifest({ replicas: 1, scale: { min: 1, max: 5 } });
    await world.keepManifest(DIGEST, manifest);
    await web.place();
    const wanted = web.wanted({
      action: 'scale',
      causes: [policyCause('busy')],
      service: manifest,
      replicas: 2,
      targets: [web.target(1)],
    });
    log.deaths = new Map([[wanted.actionId, { entry: RUNNING, moment: 'after' }]]);
    await world.request(wanted);
    await eventually(() => log.died.size === 1);
    await service.app.get(NatsConnection).close();
    log.bury();
    return wanted.actionId;
  }

  it('goes on', async () => {
    const web = new Scenario(world);
    const id = await interrupted(web);
    await world.remediator({ port: PORT });
    await world.reaches(id, 'succeeded');
    expect(await world.override(web.resource)).toMatchObject({ replicas: 2, actionId: id });
  });

  it('leaves alone what somebody has wanted since', async () => {
    const web = new Scenario(world);
    const id = await interrupted(web);
    const later = {
      resource: web.resource,
      owner: 'operator/ada',
      replicas: 5,
      reason: 'a sale',
      actionId: 'later',
      correlationId: 'later',
      createdAt: Date.now() + 1,
    };
    const overrides = world.buckets.open(DesiredStateBucket).keys('override');
    await overrides.put(desiredStateKey.override(web.resource), later);
    await world.remediator({ port: PORT });
    const { reason } = await world.reaches(id, 'suppressed', 'succeeded');
    expect(reason).toMatchObject({ code: 'overtaken' });
    expect(await world.override(web.resource)).toMatchObject({ replicas: 5, actionId: 'later' });
    expect(web.done).toEqual([]);
  });
});
