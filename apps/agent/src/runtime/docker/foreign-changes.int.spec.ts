import { jest } from '@jest/globals';
import { compareReplica } from '@vigil/drift';
import type { Service, ServiceSpec } from '@vigil/manifests';
import { eventually, startDockerEngine, testImage, type DockerEngine } from '@vigil/testkit';
import { dockerService, DockerWorld } from '../../testing/docker-world.js';

jest.setTimeout(60_000);

/** What somebody else did to containers, as far as the engine tells. */
describe('what others do to a container', () => {
  let engine: DockerEngine;
  let world: DockerWorld;
  let count = 0;

  const started = async (spec: Partial<ServiceSpec> = {}): Promise<Service> => {
    count += 1;
    const service = dockerService(`others-${count}`, { ports: [], ...spec });
    await expect(world.start(service)).resolves.toMatchObject({ status: 'succeeded' });
    return service;
  };
  const done = (service: Service) => world.observe(service)?.lastForeignChange?.what;
  const untilDone = (service: Service, what: string) =>
    world.untilObserved(service, ({ lastForeignChange }) => lastForeignChange?.what === what);

  beforeAll(async () => {
    engine = await startDockerEngine();
    await engine.docker.load(testImage({ reference: 'web:1' }));
    await engine.docker.createNetwork('side');
  });
  beforeEach(async () => {
    world = await DockerWorld.open(engine.socket);
  });
  afterEach(() => world.leave());
  afterAll(() => engine.stop());

  it('is told of networks, and not of those that come and go with each launch', async () => {
    const web = await started();
    const id = world.containerOf(web);
    await expect(world.restart(web)).resolves.toMatchObject({ status: 'succeeded' });
    expect(done(web)).toBeUndefined();
    await engine.docker.connect('side', id);
    await untilDone(web, 'network connect side');
    await engine.docker.disconnect('side', id);
    await untilDone(web, 'network disconnect side');
  });

  it('is a difference when it takes the container out of its only network', async () => {
    await engine.docker.createNetwork('only');
    const web = await started({ networks: ['only'] });
    await engine.docker.disconnect('only', world.containerOf(web));
    const alone = await untilDone(web, 'network disconnect only');
    expect(compareReplica({ service: web }, alone).map(({ path }) => path)).toEqual(['/networks']);
    await expect(world.restart(web)).resolves.toMatchObject({ status: 'succeeded' });
    const again = world.observe(web);
    expect(again && compareReplica({ service: web }, again)).toEqual([]);
  });

  it('is told of a start by hand, and not of one by the engine itself', async () => {
    const web = await started();
    const { pid, instance } = world.observe(web) ?? {};
    process.kill(pid ?? 0, 'SIGKILL');
    await world.untilObserved(
      web,
      (observed) => observed.state === 'running' && observed.instance !== instance,
    );
    expect(done(web)).toBeUndefined();
    await world.stop(web);
    await engine.docker.start(world.containerOf(web));
    await untilDone(web, 'start');
    await world.stop(web);
    await world.start(web);
    expect(done(web)).toBeUndefined();
    await engine.restart();
    await world.until(() => (world.runtime.isKnown ? undefined : true));
    await world.until(() => (world.runtime.isKnown ? true : undefined));
    await world.untilObserved(web, ({ state }) => state === 'running');
    // the engine has ended it, and started it again by itself
    expect(done(web)).not.toBe('start');
  });

  it('is told of a restart by hand as one, though the start within it is told later', async () => {
    const web = await started();
    await engine.docker.restart(world.containerOf(web));
    await untilDone(web, 'restart');
    await world.runtime.lookAgain();
    expect(done(web)).toBe('restart');
  });

  it('is not told of a container that only has the labels of the replica', async () => {
    const web = await started();
    const { Config } = await engine.docker.inspect(world.containerOf(web));
    const copy = await engine.docker.run({ image: 'web:1', labels: Config.Labels ?? {} });
    await engine.docker.remove(copy);
    await engine.docker.pause(world.containerOf(web));
    await world.untilObserved(web, ({ suspended }) => suspended);
    expect(done(web)).toBe('pause');
  });

  it('is remembered when the agent starts again', async () => {
    const web = await started();
    await engine.docker.kill(world.containerOf(web));
    await untilDone(web, 'kill (signal 9)');
    const { home } = world;
    // written down behind the observation
    await eventually(() => world.recordOf(web)?.foreignChange);
    await world.leave();
    world = await DockerWorld.open(engine.socket, { home });
    expect(done(web)).toBe('kill (signal 9)');
    await world.start(web);
    expect(done(web)).toBeUndefined();
  });

  it('is found out of the time in which there was no agent, and nothing of Vigil is', async () => {
    const web = await started();
    await expect(world.restart(web)).resolves.toMatchObject({ status: 'succeeded' });
    const untouched = await started();
    const { home } = world;
    const id = world.containerOf(web);
    await world.leave();
    await engine.docker.update(id, { NanoCpus: 1e9 });
    world = await DockerWorld.open(engine.socket, { home });
    await untilDone(web, 'update');
    expect(done(untouched)).toBeUndefined();
  });

  it('is found also when they have removed it by then', async () => {
    const web = await started();
    const { specDigest } = world.observe(web) ?? {};
    const { home } = world;
    const id = world.containerOf(web);
    await world.leave();
    await engine.docker.remove(id);
    world = await DockerWorld.open(engine.socket, { home });
    const gone = await untilDone(web, 'destroy');
    expect(gone).toMatchObject({
      state: 'exited',
      detail: 'its container was removed',
      specDigest,
    });
    await expect(world.start(web)).resolves.toMatchObject({ status: 'succeeded' });
    expect(world.observe(web)).toMatchObject({ state: 'running', specDigest });
  });
});
