import { digest, DIGEST, driftCause, operator } from '../testing/fixtures.js';
import { RemediatorWorld } from '../testing/remediator-world.js';
import { Scenario } from '../testing/scenario.js';

const NEWER = digest('b');

/** What a request rests on that was decided while the manifest of {@link DIGEST} was in force. */
const basis = { declaredDigest: DIGEST, overrideBy: null };

describe('an action whose manifest was changed after it was asked for', () => {
  let world: RemediatorWorld;
  beforeAll(async () => {
    world = await RemediatorWorld.start();
    await world.remediator();
  }, 30_000);
  afterAll(() => world.stop());

  /** Every scenario is a source of its own. */
  const declare = (web: Scenario, declared: string | undefined) =>
    world.declare(web.name, declared === undefined ? {} : { [web.resource]: declared });

  it('is done while the manifest is the same, also at the digest of a hold', async () => {
    const web = new Scenario(world);
    await declare(web, DIGEST);
    await web.placeDead();
    await world.reaches(await web.ask({ basis, desiredDigest: web.oldDigest }), 'succeeded');
  });

  it('is decided anew when it has waited for another one meanwhile', async () => {
    const web = new Scenario(world);
    await declare(web, DIGEST);
    await web.placeHung(0);
    await web.placeDead(1);
    web.agent.sendsResults = false;
    const first = await web.restartOfHung();
    await world.reaches(first, 'running');
    const second = await web.ask({ basis, targets: [web.target(1)] });
    await world.reaches(second, 'queued');
    await declare(web, NEWER);
    web.agent.sendsResults = true;
    const { reason } = await world.reaches(second, 'suppressed', 'succeeded');
    expect(reason).toMatchObject({ code: 'stale' });
    expect(reason?.message).toContain('its manifest was changed');
    expect(web.done).toEqual(['restart 0']);
  });

  it('does not start what a person has stopped while it waited', async () => {
    const web = new Scenario(world);
    await declare(web, DIGEST);
    await web.place();
    const stop = await web.ask({ basis, action: 'stop', operator: operator() });
    await world.reaches(stop, 'succeeded');
    const { reason } = await world.reaches(await web.ask({ basis }), 'suppressed', 'succeeded');
    expect(reason).toMatchObject({ code: 'stale' });
    expect(web.done).toEqual(['stop 0']);
  });

  it('ends between two replicas', async () => {
    const web = new Scenario(world);
    await declare(web, DIGEST);
    const wanted = await web.oldReplicas(2);
    web.agent.onCommand = () => declare(web, NEWER);
    await world.request({ ...wanted, basis });
    const ended = await world.reaches(wanted.actionId, 'failed', 'succeeded');
    expect(ended.reason).toMatchObject({ code: 'stale' });
    expect(web.done).toEqual(['restart 0']);
  });

  it('does not remove what is in Git again', async () => {
    const web = new Scenario(world);
    await declare(web, undefined);
    await web.place();
    const removal = {
      action: 'stop' as const,
      causes: [driftCause(`orphan-${web.name}`)],
      service: undefined,
      desiredDigest: undefined,
      basis: { declaredDigest: null, overrideBy: null },
    };
    await declare(web, DIGEST);
    await world.reaches(await web.ask(removal), 'suppressed');
    expect(web.done).toEqual([]);
    await declare(web, undefined);
    await world.reaches(await web.ask(removal), 'succeeded');
    expect(web.done).toEqual(['stop 0']);
  });
});

describe('an approved action whose manifest was changed while it waited', () => {
  it('is decided anew', async () => {
    const world = await RemediatorWorld.start();
    try {
      await world.remediator({ mode: 'approve' });
      const web = new Scenario(world);
      await world.declare(web.name, { [web.resource]: DIGEST });
      await web.placeDead();
      const id = await web.ask({ basis });
      const { plan } = await world.reaches(id, 'pending_approval');
      await world.declare(web.name, { [web.resource]: NEWER });
      await world.decide(id, 'approve', plan?.hash);
      const { reason } = await world.reaches(id, 'suppressed', 'succeeded');
      expect(reason).toMatchObject({ code: 'stale' });
      expect(web.done).toEqual([]);
    } finally {
      await world.stop();
    }
  }, 30_000);
});
