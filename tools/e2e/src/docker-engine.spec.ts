import { jest } from '@jest/globals';
import { ActionState, isFinalActionState } from '@vigil/contracts';
import {
  eventually,
  freePort,
  startDockerEngine,
  testImage,
  type DockerEngine,
} from '@vigil/testkit';
import { webContainer } from './world/container-manifests.js';
import { Containers, type Container } from './world/containers.js';
import { expectNothingDoubled } from './world/nothing-doubled.js';
import { ResourceStatus } from './world/views.js';
import { World } from './world/world.js';

jest.setTimeout(120_000);

const REPLICAS = 3;

const launchesOf = (containers: readonly Container[]): string[] =>
  containers.map(({ launch }) => launch);

describe('an engine', () => {
  let engine: DockerEngine;
  let world: World;
  let containers: Containers;

  beforeAll(async () => {
    engine = await startDockerEngine();
    await engine.docker.load(testImage({ reference: 'web:1' }));
    world = await World.start({
      engine,
      manifests: { 'web.yaml': webContainer({ replicas: REPLICAS }) },
    });
    await world.expectRunning('web', REPLICAS);
    // they may run before that is on record
    await world.action('web', ({ status }) => status === 'succeeded');
    containers = new Containers(engine, world);
  });
  afterAll(async () => {
    await world.stop();
    await engine.stop();
  });

  /** When the evaluator has looked once more, and what it may have asked for has ended. */
  async function succeededActions(): Promise<number> {
    expect((await world.vigilctl('evaluate', 'shop/web')).exitCode).toBe(0);
    const actions = await eventually(async () => {
      const all = await world.actions();
      return all.every(({ status }) => isFinalActionState(ActionState.parse(status))) && all;
    });
    return actions.filter(({ status }) => status === 'succeeded').length;
  }

  it('that is restarted in order brings its containers back itself, and Vigil adds nothing', async () => {
    const before = await containers.of('web');
    const actions = await succeededActions();
    await engine.restart();

    await world.expectRunning('web', REPLICAS, 40_000);
    const after = await containers.of('web');
    expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    expect(after.every(({ running }) => running)).toBe(true);
    expect(after.map(({ inspected }) => inspected.RestartCount)).toEqual([0, 0, 0]);
    expect(await succeededActions()).toBe(actions);
  });

  it('that is away for a while, as at a reboot of its host, is no fault, and nobody fights it', async () => {
    const before = await containers.of('web');
    const actions = await succeededActions();
    await engine.stop();
    await world.until(
      '/manifests/shop/Service/web',
      ResourceStatus,
      ({ health }) => health === 'Unknown',
    );
    await engine.restart();

    await world.expectRunning('web', REPLICAS, 40_000);
    const after = await containers.of('web');
    expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    expect(await succeededActions()).toBe(actions);
    // nothing is done to them later either
    expect(launchesOf(await containers.of('web'))).toEqual(launchesOf(after));
  });

  it('that crashed, and leaves containers stopped, gets them started, once each', async () => {
    const before = await containers.of('web');
    await engine.kill();
    await engine.restart();

    await world.expectRunning('web', REPLICAS, 40_000);
    const after = await containers.of('web');
    expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    await expectNothingDoubled(world);
  });
});

describe('an engine that keeps containers running while it is restarted', () => {
  let engine: DockerEngine;
  let world: World;
  let containers: Containers;

  beforeAll(async () => {
    engine = await startDockerEngine({ liveRestore: true });
    await engine.docker.load(testImage({ reference: 'web:1' }));
    world = await World.start({
      engine,
      manifests: { 'web.yaml': webContainer({ replicas: REPLICAS }) },
    });
    await world.expectRunning('web', REPLICAS);
    containers = new Containers(engine, world);
  });
  afterAll(async () => {
    await world.stop();
    await engine.stop();
  });

  it.each([
    ['restarted', () => engine.restart()],
    ['killed', () => engine.kill().then(() => engine.restart())],
  ])('may be %s: no container is started again, and none is added', async (_what, fault) => {
    const before = await containers.of('web');
    const actions = (await world.actions()).length;
    await fault();
    await world.expectRunning('web', REPLICAS, 40_000);
    expect((await world.vigilctl('evaluate', 'shop/web')).exitCode).toBe(0);
    expect(launchesOf(await containers.of('web'))).toEqual(launchesOf(before));
    expect(await world.actions()).toHaveLength(actions);

    const victim = await containers.replica('web', 1);
    await engine.docker.remove(victim.id);
    await containers.expectRelaunched('web', victim);
    await world.expectRunning('web', REPLICAS);
  });
});

describe('an engine that is shared', () => {
  let engine: DockerEngine;
  let here: World;
  let there: World;
  let mine: Containers;
  let theirs: Containers;

  beforeAll(async () => {
    engine = await startDockerEngine();
    await engine.docker.load(testImage({ reference: 'web:1' }));
    [here, there] = await Promise.all([
      World.start({ engine, manifests: { 'web.yaml': webContainer({ replicas: 2 }) } }),
      World.start({ engine, manifests: { 'web.yaml': webContainer({ replicas: 2 }) } }),
    ]);
    await Promise.all([here.expectRunning('web', 2), there.expectRunning('web', 2)]);
    mine = new Containers(engine, here);
    theirs = new Containers(engine, there);
  });
  afterAll(async () => {
    await Promise.all([here.stop(), there.stop()]);
    await engine.stop();
  });

  it('runs the same service of two installations side by side', async () => {
    expect(await engine.docker.list()).toHaveLength(4);
    expect(await mine.of('web')).toHaveLength(2);
    expect(await theirs.of('web')).toHaveLength(2);
  });

  it('has each of them repair its own, and never the other’s', async () => {
    const others = await theirs.of('web');
    const victim = await mine.replica('web', 1);
    await engine.docker.remove(victim.id);
    await mine.expectRelaunched('web', victim);
    here.write('web.yaml', webContainer({ replicas: 1, mode: 'changed' }));
    await here.expectRunning('web', 1);

    expect(launchesOf(await theirs.of('web'))).toEqual(launchesOf(others));
    expect(await there.drift()).toEqual([]);
    await there.expectRunning('web', 2);
  });

  it('has somebody’s container on a port that is needed: a conflict, and untouched', async () => {
    const port = await freePort();
    const stranger = await engine.docker.run({
      name: 'stranger',
      image: 'web:1',
      ports: { [port]: 80 },
    });
    const { State } = await engine.docker.inspect(stranger);
    here.write('api.yaml', webContainer({ name: 'api', ports: `${String(port)}:80` }));
    await eventually(async () =>
      (await here.drift()).some(
        ({ resource, type }) => resource === 'shop/Service/api' && type === 'conflict',
      ),
    );
    expect((await mine.of('api')).filter(({ running }) => running)).toEqual([]);
    expect((await here.vigilctl('drift')).stdout).toMatch(/shop\/Service\/api +conflict/);
    expect((await engine.docker.inspect(stranger)).State.StartedAt).toBe(State.StartedAt);

    await engine.docker.remove(stranger);
    await here.expectRunning('api', 1);
  });
});
