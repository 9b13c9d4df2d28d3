import { jest } from '@jest/globals';
import { compareReplica } from '@vigil/drift';
import type { ServiceSpec } from '@vigil/manifests';
import { startDockerEngine, testImage, type DockerEngine, type RunOptions } from '@vigil/testkit';
import { digestOf } from '../../testing/digest.js';
import { dockerService, DockerWorld } from '../../testing/docker-world.js';
import { adoptOf, releaseOf } from '../../testing/operations.js';
import { httpCheck } from '../../testing/service-manifest.js';

jest.setTimeout(60_000);

describe('a container that ran before Vigil came', () => {
  let engine: DockerEngine;
  let world: DockerWorld;
  let count = 0;

  beforeAll(async () => {
    engine = await startDockerEngine();
    await engine.docker.load(testImage({ reference: 'web:1' }));
    await engine.docker.load(testImage({ reference: 'web:2', version: '2' }));
    await engine.docker.createNetwork('shop_default');
  });
  beforeEach(async () => {
    world = await DockerWorld.open(engine.socket);
  });
  afterEach(() => world.leave());
  afterAll(() => engine.stop());

  /** As compose makes one, with a manifest for it. */
  async function found(spec: Partial<ServiceSpec> = {}, run: Partial<RunOptions> = {}) {
    count += 1;
    const name = `shop-web${count}-1`;
    await engine.docker.run({
      name,
      image: 'web:1',
      env: { MODE: 'live' },
      labels: { 'com.docker.compose.project': 'shop' },
      restart: 'always',
      hostConfig: {
        NetworkMode: 'shop_default',
        Binds: ['/kept'],
        RestartPolicy: { Name: 'always' },
      },
      ...run,
    });
    const service = dockerService(`web${count}`, {
      env: { MODE: 'live' },
      ports: [],
      networks: ['shop_default'],
      adopt: [name],
      ...spec,
    });
    return { name, service, before: await engine.docker.inspect(name) };
  }

  it('is told to be adoptable, running or not, when nobody’s Vigil has made it', async () => {
    const { name } = await found();
    const stopped = await found();
    await engine.docker.stop(stopped.name, 0);
    const others = await found({}, { labels: { 'vigil.io/instance': 'another' } });
    const told = (of: string) => world.runtime.unmanaged().find((each) => each.name === of);
    await world.until(() => told(others.name));
    await world.until(() => told(stopped.name)?.stopped);
    expect(told(stopped.name)).toMatchObject({ adoptable: true });
    expect(told(name)).toMatchObject({ adoptable: true });
    expect(told(name)?.stopped).toBeUndefined();
    expect(told(others.name)?.adoptable).toBeUndefined();
  });

  it('is taken over as it is when it does not run, and started again as it is', async () => {
    const { name, service, before } = await found();
    await engine.docker.stop(name, 0);
    await expect(world.carryOut(adoptOf(service, name))).resolves.toMatchObject({
      status: 'succeeded',
    });
    const observed = world.observe(service);
    expect(observed).toMatchObject({
      state: 'exited',
      config: { container: { id: before.Id, adopted: true } },
    });
    expect(observed && compareReplica({ service }, observed)).toEqual([]);
    await expect(world.start(service)).resolves.toMatchObject({ status: 'succeeded' });
    const after = await engine.docker.inspect(name);
    expect(after.Id).toBe(before.Id);
    expect(after.HostConfig).toEqual(before.HostConfig);
  });

  it('is taken over as it is: without a difference, without a restart', async () => {
    const { name, service, before } = await found();
    await expect(world.carryOut(adoptOf(service, name))).resolves.toMatchObject({
      status: 'succeeded',
    });
    const observed = world.observe(service);
    expect(observed).toMatchObject({
      state: 'running',
      config: { env: { MODE: 'live' }, container: { id: before.Id, adopted: true } },
    });
    expect(observed && compareReplica({ service }, observed)).toEqual([]);
    expect(await engine.docker.inspect(name)).toEqual(before);
    expect(world.runtime.unmanaged().map((each) => each.name)).not.toContain(name);
  });

  it('stays taken over when the agent starts again, and is as before without its journal', async () => {
    const { name, service, before } = await found();
    await world.carryOut(adoptOf(service, name));
    await world.leave();
    world = await DockerWorld.open(engine.socket, { home: world.home });
    expect(world.observe(service)).toMatchObject({
      config: { container: { id: before.Id, adopted: true } },
    });
    await world.leave();
    world = await DockerWorld.open(engine.socket);
    expect(world.observe(service)).toBeUndefined();
    await world.until(() =>
      world.runtime.unmanaged().find((each) => each.name === name && each.adoptable),
    );
    await world.carryOut(adoptOf(service, name));
    expect(await engine.docker.inspect(name)).toEqual(before);
  });

  it('is not taken over when it is not there, is Vigil’s, or is another replica', async () => {
    const { name, service } = await found();
    const failed = { status: 'precondition-failed' };
    await expect(world.carryOut(adoptOf(service, 'nobody'))).resolves.toMatchObject(failed);
    const others = await found({}, { labels: { 'vigil.io/instance': 'another' } });
    await expect(world.carryOut(adoptOf(service, others.name))).resolves.toMatchObject(failed);
    await world.carryOut(adoptOf(service, name));
    await expect(world.carryOut(adoptOf(others.service, name))).resolves.toMatchObject(failed);
  });

  it('is given back as it was taken', async () => {
    const { name, service, before } = await found();
    await world.carryOut(adoptOf(service, name));
    await expect(world.carryOut(releaseOf(service))).resolves.toMatchObject({
      status: 'succeeded',
    });
    expect(world.observe(service)).toBeUndefined();
    expect(await engine.docker.inspect(name)).toEqual(before);
  });

  it('is started again as it is when it was stopped', async () => {
    const { name, service, before } = await found();
    await world.carryOut(adoptOf(service, name));
    await engine.docker.stop(name, 0);
    await world.untilObserved(service, ({ state }) => state === 'exited');
    await world.start(service);
    const after = await engine.docker.inspect(name);
    expect(after.Id).toBe(before.Id);
    expect(after.HostConfig).toEqual(before.HostConfig);
    expect(world.observe(service)?.config.container?.adopted).toBe(true);
  });

  it('is started again as it is also when only its mode is another by then', async () => {
    const { name, service, before } = await found();
    await world.carryOut(adoptOf(service, name));
    await engine.docker.stop(name, 0);
    await world.untilObserved(service, ({ state }) => state === 'exited');
    const remediation = { ...service.spec.remediation, mode: 'approve' as const };
    const next = { ...service, spec: { ...service.spec, remediation } };
    await expect(world.start(next)).resolves.toMatchObject({ status: 'succeeded' });
    expect(world.containerOf(service)).toBe(before.Id);
    expect(world.observe(service)?.specDigest).toBe(digestOf(JSON.stringify(next)));
  });

  it('is started again as it is also when only its check is another by then', async () => {
    const { name, service, before } = await found();
    await world.carryOut(adoptOf(service, name));
    await engine.docker.stop(name, 0);
    await world.untilObserved(service, ({ state }) => state === 'exited');
    const healthCheck = httpCheck();
    await world.start({ ...service, spec: { ...service.spec, healthCheck } });
    expect(world.containerOf(service)).toBe(before.Id);
    expect(world.observe(service)?.config.healthCheck).toEqual(healthCheck);
  });

  it('is made anew when its manifest leaves out by then what it said of it', async () => {
    const { name, service, before } = await found({ user: '0' }, { config: { User: '0' } });
    await world.carryOut(adoptOf(service, name));
    await engine.docker.stop(name, 0);
    await world.untilObserved(service, ({ state }) => state === 'exited');
    const { user: _user, ...spec } = service.spec;
    await world.start({ ...service, spec });
    expect(world.containerOf(service)).not.toBe(before.Id);
  });

  it('makes room for one of Vigil that has its names and its volumes', async () => {
    const { name, service, before } = await found();
    await world.carryOut(adoptOf(service, name));
    const next = { ...service, spec: { ...service.spec, image: 'web:2' } };
    await expect(world.restart(next)).resolves.toMatchObject({ status: 'succeeded' });
    const id = world.containerOf(service);
    expect(id).not.toBe(before.Id);
    await expect(engine.docker.inspect(before.Id)).rejects.toThrow();
    const after = await engine.docker.inspect(id);
    const endpoint = after.NetworkSettings['Networks'];
    expect(endpoint).toMatchObject({
      shop_default: { Aliases: expect.arrayContaining([service.metadata.name, name]) },
    });
    const volumeOf = (container: typeof after) => JSON.stringify(container['Mounts']);
    const [volume] = /[0-9a-f]{64}/.exec(volumeOf(before)) ?? [];
    expect(volumeOf(after)).toContain(volume);
    expect(world.observe(service)?.config.container?.adopted).toBeUndefined();
  });
});
