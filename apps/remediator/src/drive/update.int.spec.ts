import { DIGEST, digest } from '../testing/fixtures.js';
import { RemediatorWorld } from '../testing/remediator-world.js';
import { Scenario } from '../testing/scenario.js';

describe('an update', () => {
  let world: RemediatorWorld;
  beforeAll(async () => {
    world = await RemediatorWorld.start();
    await world.remediator();
  }, 30_000);
  afterAll(() => world.stop());

  it('takes one replica after the other, each proved before the next', async () => {
    const web = new Scenario(world);
    const wanted = await web.oldReplicas(3);
    await world.request(wanted);
    await world.reaches(wanted.actionId, 'succeeded');
    expect(web.done).toEqual(['restart 0', 'restart 1', 'restart 2']);
    const round = ['running', 'verifying'];
    expect(world.path(wanted.actionId)).toEqual([
      'requested',
      'queued',
      ...round,
      ...round,
      ...round,
      'succeeded',
    ]);
  });

  it('takes as many at a time as may be unavailable', async () => {
    const web = new Scenario(world);
    const wanted = await web.oldReplicas(4);
    const manifest = web.manifest({ replicas: 4 }, { maxUnavailable: '50%' });
    await world.request({ ...wanted, service: manifest });
    await world.reaches(wanted.actionId, 'succeeded');
    const rounds = world.path(wanted.actionId).filter((state) => state === 'verifying');
    expect(rounds).toHaveLength(2);
  });

  it('takes over a change that needs no restart without one', async () => {
    const web = new Scenario(world);
    const wanted = await web.oldReplicas(2, web.manifest({ stopGracePeriodMs: 77 }));
    await world.request(wanted);
    await world.reaches(wanted.actionId, 'succeeded');
    expect(web.done).toEqual(['reconfigure 0', 'reconfigure 1']);
    expect(web.agent.replica(web.resource, 0)).toMatchObject({
      instance: 'old-0',
      specDigest: DIGEST,
    });
  });

  it('is taken back when a replica does not come up, and touches no more of them', async () => {
    // the second replica of the new manifest is the one that fails
    const web = new Scenario(world, (_service, launch) => (launch === 2 ? 'exits' : 'healthy'));
    const wanted = await web.oldReplicas(3);
    await world.request(wanted);
    const view = await world.reaches(wanted.actionId, 'rolled_back');
    expect(world.path(wanted.actionId).slice(-3)).toEqual([
      'verifying',
      'rolling_back',
      'rolled_back',
    ]);
    expect(web.done).toEqual(['restart 0', 'restart 1', 'restart 1', 'restart 0']);
    expect(view.reason?.message).toContain('replica 1');
    for (const replica of [0, 1, 2]) {
      expect(web.agent.replica(web.resource, replica)).toMatchObject({
        state: 'running',
        specDigest: web.oldDigest,
      });
    }
  });

  it('is taken back no faster than it was made: those that serve one after the other', async () => {
    const web = new Scenario(world, (_service, launch) => (launch === 4 ? 'exits' : 'healthy'));
    const wanted = await web.oldReplicas(4);
    await world.request(wanted);
    const view = await world.reaches(wanted.actionId, 'rolled_back');
    expect(view.plan?.operations.map(({ operation }) => operation.replica)).toEqual([0, 1, 2, 3]);
    expect(view.rollbackPlan?.operations.map(({ operation }) => operation.replica)).toEqual([
      3, 2, 1, 0,
    ]);
    const backwards = world.logOf(wanted.actionId).flatMap((entry) => {
      if (entry.kind !== 'operation-issued' && entry.kind !== 'operation-finished') return [];
      return entry.rollback ? `${entry.kind} ${entry.index}` : [];
    });
    expect(backwards).toEqual(
      [0, 1, 2, 3].flatMap((index) => [`operation-issued ${index}`, `operation-finished ${index}`]),
    );
  });

  it('fails when what is to be restored is not known any more', async () => {
    const web = new Scenario(world, () => 'unhealthy');
    const wanted = await web.oldReplicas(1);
    const targets = [{ ...web.target(), observedDigest: digest('f') }];
    await world.request({ ...wanted, targets });
    const view = await world.reaches(wanted.actionId, 'failed');
    expect(view.reason).toMatchObject({ code: 'not-effective' });
    expect(view.reason?.message).toContain('connection refused');
  });

  it('ends early, without taking anything back, when something else changed meanwhile', async () => {
    const web = new Scenario(world);
    const wanted = await web.oldReplicas(2);
    web.agent.onCommand = async ({ operation }) => {
      // while the first one is updated the second one is started again by somebody
      if (operation.replica !== 0) return;
      await web.agent.happens(web.resource, 1, { instance: 'by-hand' });
    };
    await world.request(wanted);
    const view = await world.reaches(wanted.actionId, 'failed');
    expect(view.reason).toMatchObject({ code: 'changed' });
    expect(web.done).toEqual(['restart 0']);
    expect(web.agent.replica(web.resource, 0)?.specDigest).toBe(DIGEST);
  });
});
