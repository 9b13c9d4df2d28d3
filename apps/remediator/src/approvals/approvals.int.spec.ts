import { NatsConnection } from '@vigil/messaging';
import { eventually } from '@vigil/testkit';
import { operator, policyCause } from '../testing/fixtures.js';
import { RemediatorWorld } from '../testing/remediator-world.js';
import { Scenario } from '../testing/scenario.js';

describe('mode approve', () => {
  let world: RemediatorWorld;
  beforeAll(async () => {
    world = await RemediatorWorld.start();
    await world.remediator({ mode: 'approve' });
  }, 30_000);
  afterAll(() => world.stop());

  async function waiting(web: Scenario) {
    await web.placeDead();
    return world.reaches(await web.ask(), 'pending_approval');
  }

  it('asks with the plan, holds nothing meanwhile, and acts when a person approves it', async () => {
    const web = new Scenario(world);
    const { request, plan, expiresAt, updatedAt } = await waiting(web);
    const waitsFor = (expiresAt ?? 0) - updatedAt;
    expect(plan?.operations).toMatchObject([{ operation: { kind: 'start', replica: 0 } }]);
    expect(Math.round(waitsFor / 60_000)).toBe(60);
    const other = await web.ask({ action: 'start', operator: operator() });
    await world.reaches(other, 'succeeded');
    await web.placeDead();

    await world.decide(request.actionId, 'approve', plan?.hash);
    await world.reaches(request.actionId, 'succeeded');
    expect(world.path(request.actionId)).toEqual([
      'requested',
      'pending_approval',
      'queued',
      'running',
      'verifying',
      'succeeded',
    ]);
    const approval = world.logOf(request.actionId).find(({ actor }) => actor === 'ada');
    expect(approval).toMatchObject({ to: 'queued', reason: { code: 'approved' } });
  });

  it('does not act on an approval of another plan', async () => {
    const web = new Scenario(world);
    const { request, plan } = await waiting(web);
    await world.decide(request.actionId, 'approve', 'something-else');
    await world.decide(request.actionId, 'approve');
    await world.decide(request.actionId, 'reject');
    await world.reaches(request.actionId, 'rejected');
    await world.decide(request.actionId, 'approve', plan?.hash);
    const other = await waiting(new Scenario(world));
    await world.decide(other.request.actionId, 'cancel');
    await world.reaches(other.request.actionId, 'cancelled');
    expect(world.view(request.actionId)?.state).toBe('rejected');
    expect(web.done).toEqual([]);
  });

  it('does not carry out what is not the approved plan any more', async () => {
    const web = new Scenario(world);
    const wanted = await web.oldReplicas(2);
    await world.request(wanted);
    const { plan } = await world.reaches(wanted.actionId, 'pending_approval');
    expect(plan?.operations).toHaveLength(2);
    await web.place({ replica: 1, instance: 'updated-by-hand' });
    await world.decide(wanted.actionId, 'approve', plan?.hash);
    const ended = await world.reaches(wanted.actionId, 'suppressed');
    expect(ended.reason).toMatchObject({ code: 'plan-changed' });
    expect(web.done).toEqual([]);
  });
});

describe('what only a policy asked for', () => {
  let world: RemediatorWorld;
  beforeAll(async () => {
    world = await RemediatorWorld.start();
    await world.remediator({ mode: 'approve' });
  }, 30_000);
  afterAll(() => world.stop());

  it('is not done when its alert has ended before a person approved it', async () => {
    const web = new Scenario(world);
    await web.place();
    const asked = async (alert: string) => {
      const id = await web.ask({ action: 'restart', causes: [policyCause(alert)] });
      const { plan } = await world.reaches(id, 'pending_approval');
      return { id, hash: plan?.hash };
    };
    const over = await asked(`over-${web.name}`);
    const firing = await asked(`firing-${web.name}`);
    await world.endAlert(`alert-over-${web.name}`);
    await world.decide(over.id, 'approve', over.hash);
    const { reason } = await world.reaches(over.id, 'suppressed', 'succeeded');
    expect(reason).toMatchObject({ gate: 'freshness', code: 'healed-by-itself' });
    expect(web.done).toEqual([]);
    await world.decide(firing.id, 'approve', firing.hash);
    await world.reaches(firing.id, 'succeeded');
  });
});

describe('approvals over restarts', () => {
  let world: RemediatorWorld;
  beforeAll(async () => {
    world = await RemediatorWorld.start();
  }, 30_000);
  afterAll(() => world.stop());

  it('expire, also those that were asked for before', async () => {
    const web = new Scenario(world);
    await web.placeDead();
    await world.remediator({ mode: 'approve' });
    const id = await web.ask();
    const { plan } = await world.reaches(id, 'pending_approval');
    await world.stopRemediators();
    await world.remediator({ mode: 'approve', clockOffsetMs: 3_600_001 });
    await world.reaches(id, 'expired');
    await world.decide(id, 'approve', plan?.hash);
    await web.placeDead();
    const other = await web.ask({ requestedAt: Date.now() + 3_600_001 });
    await world.reaches(other, 'pending_approval');
    expect(world.view(id)?.state).toBe('expired');
    expect(web.done).toEqual([]);
    await world.stopRemediators();
  });

  it('are acted upon by whoever runs then', async () => {
    const web = new Scenario(world);
    await web.placeDead();
    await world.remediator({ mode: 'approve' });
    const id = await web.ask();
    const { plan } = await world.reaches(id, 'pending_approval');
    await world.stopRemediators();
    await world.decide(id, 'approve', plan?.hash);
    await world.remediator({ mode: 'approve' });
    await world.reaches(id, 'succeeded');
    await world.stopRemediators();
  });
});

describe('mode observe', () => {
  let world: RemediatorWorld;
  beforeAll(async () => {
    world = await RemediatorWorld.start();
    await world.remediator({ mode: 'observe' });
  }, 30_000);
  afterAll(() => world.stop());

  it('records the plan that it does not carry out', async () => {
    const web = new Scenario(world);
    await web.placeDead();
    const ended = await world.reaches(await web.ask(), 'suppressed');
    expect(ended.reason).toMatchObject({ gate: 'mode', code: 'mode-observe' });
    expect(ended.plan?.operations).toMatchObject([{ operation: { kind: 'start' } }]);
    expect(web.done).toEqual([]);
  });

  it('does not keep a person from acting, except in a dry-run', async () => {
    const web = new Scenario(world);
    await web.place();
    const dry = { action: 'restart', operator: operator({ dryRun: true }) } as const;
    const ended = await world.reaches(await web.ask(dry), 'suppressed');
    expect(ended.reason).toMatchObject({ code: 'dry-run' });
    expect(ended.plan?.operations).toHaveLength(1);
    expect(web.done).toEqual([]);
    await world.reaches(await web.ask({ action: 'restart', operator: operator() }), 'succeeded');
  });
});

describe('cancelling', () => {
  let world: RemediatorWorld;
  beforeAll(async () => {
    world = await RemediatorWorld.start();
    await world.remediator();
  }, 30_000);
  afterAll(() => world.stop());

  it('ends an action while it is verified, and leaves what it did', async () => {
    const web = new Scenario(world);
    await web.placeDead();
    const id = await web.ask({ service: web.manifest({ healthCheck: undefined }) });
    await world.reaches(id, 'verifying');
    await world.decide(id, 'cancel');
    await world.reaches(id, 'cancelled');
    expect(web.done).toEqual(['start 0']);
  });

  it('ends an action that waits for another one', async () => {
    const web = new Scenario(world);
    await web.placeDead();
    const first = await web.ask({ service: web.manifest({ healthCheck: undefined }) });
    await world.reaches(first, 'running', 'verifying');
    const second = await web.ask({ action: 'restart', operator: operator() });
    await world.reaches(second, 'queued');
    await world.decide(second, 'cancel');
    await world.reaches(second, 'cancelled');
    await world.reaches(first, 'succeeded');
    expect(web.done).toEqual(['start 0']);
  });
});

describe('a cancellation', () => {
  /** Names the remediator in its locks: the second one is the first one, started again. */
  const PORT = 4_714;
  /** Number of the entry that says what became of the operation. */
  const FINISHED = 4;

  it('outlives the process that was told', async () => {
    const world = await RemediatorWorld.start();
    try {
      const { service, log } = await world.mortalRemediator(PORT);
      const web = new Scenario(world);
      await web.placeDead();
      web.agent.sendsResults = false;
      const wanted = web.wanted({ service: web.manifest({ healthCheck: undefined }) });
      log.deaths = new Map([[wanted.actionId, { entry: FINISHED, moment: 'before' }]]);
      await world.request(wanted);
      await eventually(() => web.done.length === 1);
      await world.decide(wanted.actionId, 'cancel');
      const told = (by: typeof service, times: number) =>
        eventually(async () => {
          const { consumers } = by.app.get(NatsConnection).require().manager;
          const { delivered } = await consumers.info('ACTIONS', 'remediator-decisions');
          return delivered.consumer_seq >= times;
        });
      await told(service, 1);
      await service.app.get(NatsConnection).close();
      log.bury();
      await told(await world.remediator({ port: PORT }), 2);
      web.agent.sendsResults = true;
      await world.reaches(wanted.actionId, 'cancelled', 'succeeded');
      expect(world.logOf(wanted.actionId).at(-1)).toMatchObject({ to: 'cancelled', actor: 'ada' });
      expect(web.done).toEqual(['start 0']);
    } finally {
      await world.stop();
    }
  }, 60_000);
});
