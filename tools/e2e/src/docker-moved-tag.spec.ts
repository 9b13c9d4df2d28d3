import { jest } from '@jest/globals';
import {
  eventually,
  startDockerEngine,
  startRegistry,
  testImage,
  type DockerEngine,
  type TestRegistry,
} from '@vigil/testkit';
import { webContainer } from './world/container-manifests.js';
import { Containers, type Container } from './world/containers.js';
import { ResourceStatus, type Action } from './world/views.js';
import { World } from './world/world.js';

jest.setTimeout(120_000);

const REPLICAS = 3;

describe('a tag that is moved on the host', () => {
  let engine: DockerEngine;
  let world: World;
  let containers: Containers;

  beforeAll(async () => {
    engine = await startDockerEngine();
    await engine.docker.load(testImage({ reference: 'web:1', version: '1' }));
    world = await World.start({ engine, manifests: { 'web.yaml': web('web:1') } });
    await world.expectRunning('web', REPLICAS);
    containers = new Containers(engine, world);
  });
  afterAll(async () => {
    await world.stop();
    await engine.stop();
  });

  function web(image: string): string {
    return webContainer({ image, replicas: REPLICAS });
  }

  async function expectVersion(version: string): Promise<void> {
    for (let replica = 0; replica < REPLICAS; replica += 1) {
      await eventually(
        async () => (await containers.ask('web', replica)).startsWith(`${version} live `),
        { withinMs: 30_000 },
      );
    }
  }

  async function expectHeld(): Promise<void> {
    await world.until(
      '/manifests/shop/Service/web',
      ResourceStatus,
      ({ health, readyReplicas }) => health === 'Degraded' && readyReplicas === REPLICAS,
      40_000,
    );
  }

  async function expectNoDrift(): Promise<void> {
    await eventually(async () => (await world.drift()).length === 0);
  }

  /** The next action that is in this state. */
  async function nextAction(known: readonly Action[], status: string): Promise<Action> {
    const ids = known.map(({ id }) => id);
    return world.action('web', (each) => !ids.includes(each.id) && each.status === status);
  }

  const launches = (all: readonly Container[]) => all.map(({ launch }) => launch);

  it.each(['exits', 'cannot-start'] as const)(
    'to an image that %s: the first replica goes back to what ran, the others are not touched',
    async (behaviour) => {
      const before = await containers.of('web');
      const known = await world.actions();
      await engine.docker.load(testImage({ reference: 'web:1', version: behaviour, behaviour }));
      await nextAction(known, 'rolled_back');
      await expectHeld();
      await expectVersion('1');
      const untouched = launches(await containers.of('web')).filter((launch) =>
        launches(before).includes(launch),
      );
      expect(untouched).toHaveLength(REPLICAS - 1);
      await expectNoDrift();
      expect((await world.vigilctl('show', 'shop/web')).stdout).toMatch(
        /rolled back: repairs use the last good image \(sha256:\w{12}\), not what its tag names now/,
      );
      expect((await world.vigilctl('explain', 'shop/web')).stdout).toMatch(/last good image/);
    },
  );

  it('stays with what ran, also when every part was started again', async () => {
    const parts = ['evaluator', 'remediator', 'agent'].map((name) => world.launcher.killPart(name));
    await Promise.all(parts.map(({ isBack }) => isBack()));
    await expectHeld();
    const known = await world.actions();
    const [victim] = await containers.of('web');
    if (victim === undefined) throw new Error('nothing runs');
    await engine.docker.remove(victim.id);
    await containers.expectRelaunched('web', victim);
    await nextAction(known, 'succeeded');
    await expectVersion('1');
    await expectHeld();
    await expectNoDrift();
    const actions = (await world.actions()).slice(0, -known.length);
    expect(actions.map(({ action, status }) => [action, status])).toEqual([['start', 'succeeded']]);
  });

  it('is restarted by a person as it ran', async () => {
    const known = await world.actions();
    await world.vigilctl('act', 'shop/web', 'restart', '--reason', 'to see');
    await nextAction(known, 'succeeded');
    await expectVersion('1');
    await expectHeld();
  });

  it('is tried again when it is moved once more', async () => {
    await engine.docker.load(testImage({ reference: 'web:1', version: '2' }));
    await world.expectRunning('web', REPLICAS, 40_000);
    await expectVersion('2');
  });

  it('while a new spec is tried: what ran comes back, not what the tag names', async () => {
    const known = await world.actions();
    await engine.docker.load(testImage({ reference: 'web:mute', behaviour: 'never-answers' }));
    world.write('web.yaml', web('web:mute'));
    await nextAction(known, 'verifying');
    await engine.docker.load(testImage({ reference: 'web:1', version: '3' }));
    await nextAction(known, 'rolled_back');
    await expectHeld();
    await expectVersion('2');
    world.write('web.yaml', web('web:1'));
    await world.expectRunning('web', REPLICAS, 40_000);
    await expectVersion('3');
  });

  it('to what does not work, and what ran is gone: that is told, and nothing else is tried', async () => {
    const solo = testImage({ reference: 'solo:1', version: '1' });
    await engine.docker.load(solo);
    world.write('solo.yaml', webContainer({ name: 'solo', image: 'solo:1' }));
    await world.expectRunning('solo', 1);
    const mute = testImage({ reference: 'solo:1', version: '2', behaviour: 'never-answers' });
    await engine.docker.load(mute);
    await world.action('solo', ({ status }) => status === 'verifying');
    await engine.docker.removeImage(solo.id);
    const { reason } = await world.action('solo', ({ status }) => status === 'failed');
    expect(reason?.message).toMatch(/rolling back did not work either: .* cannot be had/);
    await world.until(
      '/manifests/shop/Service/solo',
      ResourceStatus,
      ({ health }) => health === 'Degraded',
    );
    expect((await world.vigilctl('show', 'shop/solo')).stdout).toMatch(/the last good image/);
    await engine.docker.load(solo);
    await world.expectRunning('solo', 1, 60_000);
  });
});

describe('an image that was pulled under a tag', () => {
  let engine: DockerEngine;
  let world: World;
  let containers: Containers;
  let registry: TestRegistry | undefined;

  beforeAll(async () => {
    engine = await startDockerEngine();
    const offers = await startRegistry();
    registry = offers;
    const { reference } = offers.push(testImage({ reference: 'x', version: '1' }), 'shop/web:1');
    const manifest = webContainer({ image: reference, extra: '  pullPolicy: Always\n' });
    world = await World.start({ engine, manifests: { 'web.yaml': manifest } });
    await world.expectRunning('web', 1);
    containers = new Containers(engine, world);
  });
  afterAll(async () => {
    await world.stop();
    await engine.stop();
    await registry?.stop();
  });

  /** While nothing acts: its container and its image go. */
  async function lose({ id, inspected }: Container): Promise<void> {
    await world.vigilctl('stop', '--reason', 'a person is at work');
    await engine.docker.remove(id);
    await engine.docker.removeImage(inspected.Image);
    await world.vigilctl('resume', '--reason', 'done');
  }

  it('comes back by its digest when what is pulled in its place does not work', async () => {
    const before = await containers.replica('web');
    const broken = testImage({ reference: 'x', version: 'broken', behaviour: 'exits' });
    registry?.push(broken, 'shop/web:1');
    await lose(before);
    await world.action('web', ({ status }) => status === 'rolled_back');
    await world.until(
      '/manifests/shop/Service/web',
      ResourceStatus,
      ({ health, readyReplicas }) => health === 'Degraded' && readyReplicas === 1,
    );
    await eventually(async () => (await containers.ask('web')).startsWith('1 live '));
    const { inspected } = await containers.replica('web');
    expect(inspected.Image).toBe(before.inspected.Image);
  });

  it('and cannot be had any more is told, and Degraded', async () => {
    const before = await containers.replica('web');
    await registry?.stop();
    registry = undefined;
    await lose(before);
    const { reason } = await world.action('web', ({ status }) => status === 'failed');
    expect(reason?.message).toMatch(/the image that ran before, .* cannot be had/);
    await world.until(
      '/manifests/shop/Service/web',
      ResourceStatus,
      ({ health, readyReplicas }) => health === 'Degraded' && readyReplicas === 0,
    );
  });
});
