import { NatsConnection } from '@vigil/messaging';
import { eventually } from '@vigil/testkit';
import { RemediatorWorld, type RemediatorOptions } from '../testing/remediator-world.js';
import { Scenario } from '../testing/scenario.js';

/** Names the remediator in its locks: the second one is the first one, started again. */
const PORT = 4_712;

/** Number of the entry that says that the operation is about to be sent. */
const ISSUED = 3;

describe('an operation that was written down and never sent', () => {
  let world: RemediatorWorld;
  beforeAll(async () => {
    world = await RemediatorWorld.start();
  }, 30_000);
  afterAll(() => world.stop());

  /** A remediator dies right before it sends; the next one runs with the options. */
  async function resumed(web: Scenario, options: RemediatorOptions, meanwhile = NOTHING) {
    const { service, log } = await world.mortalRemediator(PORT);
    await web.placeDead();
    const wanted = web.wanted();
    log.deaths = new Map([[wanted.actionId, { entry: ISSUED, moment: 'after' }]]);
    await world.request(wanted);
    await eventually(() => log.died.size === 1);
    await service.app.get(NatsConnection).close();
    log.bury();
    await meanwhile();
    await world.remediator({ port: PORT, ...options });
    return wanted.actionId;
  }

  afterEach(() => world.stopRemediators());

  it('is sent by the next remediator', async () => {
    const web = new Scenario(world);
    await world.reaches(await resumed(web, {}), 'succeeded');
    expect(web.done).toEqual(['start 0']);
  });

  it.each<[string, RemediatorOptions]>([
    ['mode-observe', { mode: 'observe' }],
    ['needs-approval', { mode: 'approve' }],
    ['stale', { clockOffsetMs: 60_000 }],
  ])('is not sent any more when that is not allowed now: %s', async (code, options) => {
    const web = new Scenario(world);
    const ended = await world.reaches(await resumed(web, options), 'failed', 'succeeded');
    expect(ended).toMatchObject({ state: 'failed', reason: { code } });
    expect(web.done).toEqual([]);
  });

  it('is not sent any more when everything was stopped meanwhile', async () => {
    const web = new Scenario(world);
    const stop = () => world.control('stop', { active: true, reason: 'incident' });
    const ended = await world.reaches(await resumed(web, {}, stop), 'failed', 'succeeded');
    expect(ended).toMatchObject({ state: 'failed', reason: { code: 'stop-the-world' } });
    expect(web.done).toEqual([]);
  });
});

const NOTHING = () => Promise.resolve();
