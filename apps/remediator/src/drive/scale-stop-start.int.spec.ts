import type { ActionRequest } from '@vigil/contracts';
import { digest, DIGEST, health, operator, policyCause } from '../testing/fixtures.js';
import { RemediatorWorld } from '../testing/remediator-world.js';
import { Scenario } from '../testing/scenario.js';

const DECLARED = digest('9');

describe('scale, stop and start', () => {
  let world: RemediatorWorld;
  beforeAll(async () => {
    world = await RemediatorWorld.start();
    await world.remediator();
  }, 30_000);
  afterAll(() => world.stop());

  it('scales by a policy within the limits of the manifest', async () => {
    const web = new Scenario(world);
    await web.place();
    const manifest = web.manifest({ replicas: 1, scale: { min: 1, max: 3 } });
    await world.keepManifest(DIGEST, manifest);
    const scale = {
      action: 'scale',
      causes: [policyCause('busy', 'high-cpu')],
      service: manifest,
    } as const;
    await world.reaches(
      await web.ask({ ...scale, causes: [...scale.causes], replicas: 2, targets: [web.target(1)] }),
      'succeeded',
    );
    expect(web.done).toEqual(['start 1']);
    expect(await world.override(web.resource)).toMatchObject({
      owner: 'policy/high-cpu',
      replicas: 2,
      replacesReplicas: 1,
    });

    const again = await web.ask({
      ...scale,
      causes: [policyCause('busy-2')],
      replicas: 3,
      targets: [web.target(2)],
    });
    expect((await world.reaches(again, 'suppressed')).reason).toMatchObject({ code: 'cooldown' });

    const scaled = { ...manifest, spec: { ...manifest.spec, replicas: 2 } };
    await world.reaches(
      await web.ask({
        ...scale,
        causes: [policyCause('idle')],
        service: scaled,
        operator: operator(),
        replicas: 1,
        targets: [web.target(1)],
      }),
      'succeeded',
    );
    expect(web.done).toEqual(['start 1', 'stop 1']);
    expect(await world.override(web.resource)).toBeUndefined();
  });

  it('replaces the number that Git has, also while the resource is held at an older manifest', async () => {
    const web = new Scenario(world);
    await web.place();
    const held = web.manifest({ replicas: 1, scale: { min: 1, max: 4 } });
    await world.keepManifest(web.oldDigest, held);
    const declared = web.manifest({ ...held.spec, replicas: 2 });
    await world.keepManifest(DECLARED, declared);
    await world.declare(web.name, { [web.resource]: DECLARED });
    const id = await web.ask({
      action: 'scale',
      causes: [policyCause(`busy-${web.name}`)],
      service: declared,
      desiredDigest: web.oldDigest,
      basis: { declaredDigest: DECLARED, overrideBy: null },
      replicas: 3,
      targets: [web.target(1), web.target(2)],
    });
    await world.reaches(id, 'succeeded');
    expect(await world.override(web.resource)).toMatchObject({ replicas: 3, replacesReplicas: 2 });
  });

  it('takes new replicas back one after the other when they serve already', async () => {
    const web = new Scenario(world, (_service, launch) => (launch === 1 ? 'exits' : 'healthy'));
    const manifest = web.manifest({ replicas: 1, scale: { min: 1, max: 4 } });
    await world.keepManifest(DIGEST, manifest);
    await web.place();
    const id = await web.ask({
      action: 'scale',
      causes: [policyCause('busy')],
      service: manifest,
      replicas: 4,
      targets: [1, 2, 3].map((replica) => web.target(replica)),
    });
    await world.reaches(id, 'rolled_back');
    const undone = world.logOf(id).flatMap((entry) => {
      const rollback = 'rollback' in entry && entry.rollback;
      return rollback ? [entry.kind] : [];
    });
    const one = ['operation-issued', 'operation-finished'];
    expect(undone).toEqual([...one, ...one, ...one]);
    expect(web.agent.replica(web.resource, 0)?.state).toBe('running');
    expect(web.done.slice(-3).every((done) => done.startsWith('stop'))).toBe(true);
  });

  it('goes back to the previous number when the new replica does not come up', async () => {
    const web = new Scenario(world, () => 'exits');
    const manifest = web.manifest({ replicas: 1, scale: { min: 1, max: 3 } });
    await world.keepManifest(DIGEST, manifest);
    await web.place();
    const id = await web.ask({
      action: 'scale',
      causes: [policyCause('busy')],
      service: manifest,
      replicas: 2,
      targets: [web.target(1)],
    });
    await world.reaches(id, 'rolled_back');
    expect(web.done).toEqual(['start 1', 'stop 1']);
    expect(await world.override(web.resource)).toBeUndefined();
  });

  it('changes nothing that is wanted when its agent went away before anything was sent', async () => {
    const web = new Scenario(world);
    const manifest = web.manifest({ replicas: 1, scale: { min: 1, max: 3 } });
    await world.keepManifest(DIGEST, manifest);
    await web.place();
    const scale = {
      action: 'scale',
      causes: [policyCause('busy')],
      service: manifest,
      replicas: 2,
      targets: [web.target(1)],
    } satisfies Partial<ActionRequest>;
    web.agent.leavesAfterNextLook = true;
    const ended = await world.reaches(await web.ask(scale), 'suppressed', 'failed');
    expect(ended).toMatchObject({ state: 'suppressed', reason: { code: 'unreachable' } });
    expect(ended.operations).toMatchObject([{ finished: { result: { code: 'unreachable' } } }]);
    expect(await world.override(web.resource)).toBeUndefined();

    web.agent.connect();
    await world.reaches(await web.ask(scale), 'succeeded');
    expect(web.done).toEqual(['start 1']);
  }, 15_000);

  it('refuses to scale what sets no limits', async () => {
    const web = new Scenario(world);
    await web.place();
    const id = await web.ask({ action: 'scale', replicas: 2, causes: [policyCause('busy')] });
    expect((await world.reaches(id, 'suppressed')).reason).toMatchObject({ code: 'no-scale' });
  });

  it('keeps stopped what a person stopped, until a person starts it', async () => {
    const web = new Scenario(world);
    await web.place();
    const person = { operator: operator({ actor: 'ada', reason: 'maintenance' }) };
    await world.reaches(await web.ask({ action: 'stop', ...person }), 'succeeded');
    expect(await world.override(web.resource)).toMatchObject({
      owner: 'operator/ada',
      stopped: true,
      reason: 'maintenance',
    });
    expect(web.agent.replica(web.resource, 0)?.state).toBe('stopped');
    await world.reaches(await web.ask({ action: 'start', ...person }), 'succeeded');
    expect(await world.override(web.resource)).toBeUndefined();
    expect(web.agent.replica(web.resource, 0)?.state).toBe('running');
  });

  it('ends a stop by itself when a person said so', async () => {
    const web = new Scenario(world);
    await web.place();
    const person = operator({ expiresAfterMs: 3_600_000 });
    await world.reaches(await web.ask({ action: 'stop', operator: person }), 'succeeded');
    const override = await world.override(web.resource);
    expect(override?.expiresAt).toBe((override?.createdAt ?? 0) + 3_600_000);
  });

  it('keeps the wish to stop when the end of the agent cuts the stop off', async () => {
    const web = new Scenario(world);
    await web.place();
    web.agent.endsDuringNextCommand = true;
    const person = { operator: operator({ actor: 'ada', reason: 'maintenance' }) };
    const failed = await world.reaches(await web.ask({ action: 'stop', ...person }), 'failed');
    expect(failed.reason).toMatchObject({ code: 'interrupted' });
    expect(await world.override(web.resource)).toMatchObject({ stopped: true });
    // what is left of it the evaluator asks for: nothing is wanted, and it still runs
    await world.reaches(await web.ask({ action: 'stop' }), 'succeeded');
    expect(web.done).toEqual(['stop 0', 'stop 0']);
    expect(await world.override(web.resource)).toMatchObject({ stopped: true });
  });

  it('counts for the cooldown of policies what the end of the agent cut off', async () => {
    const web = new Scenario(world);
    await web.place();
    web.agent.endsDuringNextCommand = true;
    const leak = (key: string) => ({
      action: 'restart' as const,
      causes: [policyCause(`${key}-${web.name}`)],
    });
    await world.reaches(await web.ask(leak('first')), 'failed');
    const next = await world.reaches(await web.ask(leak('second')), 'suppressed');
    expect(next.reason).toMatchObject({ gate: 'cooldown', code: 'cooldown' });
  });

  it('dismisses for a person what has left Git and has ended', async () => {
    const web = new Scenario(world);
    await web.placeDead();
    const orphan = { service: undefined, desiredDigest: undefined, operator: operator() };
    await world.reaches(await web.ask({ action: 'stop', ...orphan }), 'succeeded');
    expect(web.agent.replica(web.resource, 0)).toBeUndefined();
  });

  it('removes what is in excess', async () => {
    const web = new Scenario(world);
    await web.place({ replica: 3, health: health('healthy') });
    await world.reaches(await web.ask({ action: 'stop', targets: [web.target(3)] }), 'succeeded');
    expect(web.agent.replica(web.resource, 3)).toBeUndefined();
    expect(await world.override(web.resource)).toBeUndefined();
  });
});
