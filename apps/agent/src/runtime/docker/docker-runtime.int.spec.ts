import { jest } from '@jest/globals';
import { compareReplica } from '@vigil/drift';
import type { Service, ServiceSpec } from '@vigil/manifests';
import { freePort, startDockerEngine, testImage, type DockerEngine } from '@vigil/testkit';
import { writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { httpCheck } from '../../testing/service-manifest.js';
import { dockerService, DockerWorld } from '../../testing/docker-world.js';
import { resourceOf } from '../../testing/operations.js';

jest.setTimeout(60_000);

describe('DockerRuntime', () => {
  let engine: DockerEngine;
  let world: DockerWorld;
  let count = 0;

  /** A service that no other test has. */
  const service = (spec: Partial<ServiceSpec> = {}): Service => {
    count += 1;
    return dockerService(`web-${count}`, spec);
  };
  const changed = (from: Service, spec: Partial<ServiceSpec>): Service => ({
    ...from,
    spec: { ...from.spec, ...spec },
  });
  const driftOf = (of: Service) => {
    const observed = world.observe(of);
    if (observed === undefined) throw new Error('nothing is observed');
    return compareReplica({ service: of }, observed);
  };

  beforeAll(async () => {
    engine = await startDockerEngine();
    await engine.docker.load(testImage({ reference: 'web:1', env: { OF_IMAGE: 'yes' } }));
    await engine.docker.load(testImage({ reference: 'web:2', version: '2' }));
    await engine.docker.load(testImage({ reference: 'exits:1', behaviour: 'exits' }));
  });
  beforeEach(async () => {
    world = await DockerWorld.open(engine.socket);
  });
  afterEach(() => world.leave());
  afterAll(() => engine.stop());

  it('starts what is absent, and observes it without any drift', async () => {
    const secret = join(world.home, 'secret');
    writeFileSync(secret, 'hunter2\n');
    await engine.docker.createNetwork('back');
    await engine.docker.createNetwork('front');
    const web = service({
      env: { MODE: 'live', PASSWORD: { secretRef: { file: secret } }, OF_IMAGE: 'no' },
      ports: [{ port: 80 }],
      volumes: ['data:/data:ro'],
      networks: ['front', 'back'],
      labels: { team: 'a' },
      capabilities: { add: ['NET_ADMIN'], drop: ['MKNOD'] },
      readOnly: true,
      logging: { driver: 'json-file', options: { 'max-size': '1m' } },
      resources: { cpuCores: 0.5, memoryBytes: 64 * 1024 ** 2 },
      healthCheck: httpCheck(),
    });
    await expect(world.start(web)).resolves.toMatchObject({ status: 'succeeded' });
    expect(driftOf(web)).toEqual([]);
    expect(world.observe(web)).toMatchObject({
      runtime: 'docker',
      state: 'running',
      suspended: false,
      config: {
        env: { MODE: 'live', PASSWORD: { secretRef: { file: secret } }, OF_IMAGE: 'no' },
        container: { image: { reference: 'web:1' }, restartPolicy: 'unless-stopped' },
      },
    });
    expect(JSON.stringify(world.observe(web))).not.toContain('hunter2');
    const healthy = await world.untilObserved(web, ({ health }) => health.status === 'healthy');
    const [port] = healthy.config.ports;
    expect(await answerOf(port?.hostPort ?? 0)).toMatch(/^1 live/);
  });

  it('publishes ports of UDP, and on one address of the host alone', async () => {
    const [udp, tcp] = [await freePort(), await freePort()];
    const web = service({
      ports: [
        { port: 53, hostPort: udp, protocol: 'udp' },
        { port: 53 },
        { port: 80, hostPort: tcp, hostAddress: '127.0.0.1' },
        { port: 81, hostAddress: '127.0.0.1' },
      ],
      healthCheck: httpCheck(),
    });
    await expect(world.start(web)).resolves.toMatchObject({ status: 'succeeded' });
    expect(driftOf(web)).toEqual([]);
    await world.untilObserved(web, ({ health }) => health.status === 'healthy');
    expect(await answerOf(tcp)).toMatch(/^1 /);
    const elsewhere = changed(web, { ports: [{ port: 80, hostPort: tcp }] });
    const observed = world.observe(web);
    if (observed === undefined) throw new Error('nothing is observed');
    expect(compareReplica({ service: elsewhere }, observed).map(({ path }) => path)).toEqual([
      '/ports',
    ]);
  });

  it('tells within moments what somebody does to a container, and that it was somebody', async () => {
    const web = service();
    await world.start(web);
    expect(world.observe(web)?.lastForeignChange).toBeUndefined();
    await engine.docker.kill(world.containerOf(web));
    const killed = await world.untilObserved(
      web,
      ({ state, lastForeignChange }) => state === 'exited' && lastForeignChange !== undefined,
    );
    expect(killed).toMatchObject({
      exitCode: 137,
      lastForeignChange: { what: 'kill (signal 9)' },
    });
    await expect(world.start(web)).resolves.toMatchObject({ status: 'succeeded' });
    expect(world.observe(web)?.lastForeignChange).toBeUndefined();

    const former = world.containerOf(web);
    await engine.docker.remove(former);
    // that it is gone may be seen before the engine's word of it has come
    const gone = await world.untilObserved(
      web,
      ({ detail, lastForeignChange }) =>
        detail === 'its container was removed' && lastForeignChange?.what === 'destroy',
    );
    expect(gone).toMatchObject({ state: 'exited' });
    await expect(world.start(web)).resolves.toMatchObject({ status: 'succeeded' });
    expect(world.containerOf(web)).not.toBe(former);
    expect(world.observe(web)?.lastForeignChange).toBeUndefined();
  });

  it('starts a stopped container again, and makes another one for another manifest', async () => {
    const web = service();
    await world.start(web);
    const first = world.containerOf(web);
    await expect(world.stop(web)).resolves.toMatchObject({ status: 'succeeded' });
    expect(world.observe(web)).toMatchObject({ state: 'stopped' });
    expect(world.observe(web)?.lastForeignChange).toBeUndefined();
    await world.start(web);
    expect(world.containerOf(web)).toBe(first);
    expect(world.observe(web)?.state).toBe('running');

    await expect(world.restart(web)).resolves.toMatchObject({ status: 'succeeded' });
    expect(world.containerOf(web)).toBe(first);

    const next = changed(web, { image: 'web:2' });
    await expect(world.restart(next)).resolves.toMatchObject({ status: 'succeeded' });
    expect(world.containerOf(web)).not.toBe(first);
    expect(driftOf(next)).toEqual([]);
    expect(await named(engine, world, web)).toHaveLength(1);

    await expect(world.stop(web, { forget: true })).resolves.toMatchObject({ status: 'succeeded' });
    expect(world.observe(web)).toBeUndefined();
    expect(await named(engine, world, web)).toHaveLength(0);
  });

  it('leaves the old container running when the new one cannot be made', async () => {
    const web = service();
    await world.start(web);
    const { instance } = world.observe(web) ?? {};
    const cases: [Partial<ServiceSpec>, string][] = [
      [{ image: 'nowhere:1', pullPolicy: 'Never' }, 'no-image'],
      [{ env: { KEY: { secretRef: { file: '/nowhere' } } } }, 'secret-unreadable'],
      [{ networks: ['bridge', 'nowhere'] }, 'no-network'],
      [{ volumes: ['not absolute:at all:neither'] }, 'create-failed'],
    ];
    for (const [spec, code] of cases) {
      const outcome = await world.restart(changed(web, spec));
      expect(outcome).toMatchObject({ status: 'failed', code });
    }
    expect(world.observe(web)).toMatchObject({ state: 'running', instance });
    expect(await named(engine, world, web)).toHaveLength(1);
  });

  it('changes limits and checks in place, and nothing else', async () => {
    const web = service({ resources: { memoryBytes: 64 * 1024 ** 2, cpuCores: 0.5 } });
    await world.start(web);
    const { instance } = world.observe(web) ?? {};
    await engine.docker.update(world.containerOf(web), {
      Memory: 256 * 1024 ** 2,
      MemorySwap: 512 * 1024 ** 2,
      NanoCpus: 1e9,
    });
    const drifted = await world.untilObserved(
      web,
      ({ config }) => config.container?.resources.cpuCores === 1,
    );
    expect(drifted.lastForeignChange).toMatchObject({ what: 'update' });
    expect(driftOf(web).map(({ path }) => path)).toEqual(['/resources/cpu', '/resources/memory']);
    await expect(world.reconfigure(web)).resolves.toMatchObject({ status: 'succeeded' });
    expect(driftOf(web)).toEqual([]);

    const checked = changed(web, {
      healthCheck: httpCheck({ intervalMs: 60_000 }),
      resources: { memoryBytes: 512 * 1024 ** 2, cpuCores: 0.5 },
    });
    await expect(world.reconfigure(checked)).resolves.toMatchObject({ status: 'succeeded' });
    expect(driftOf(checked)).toEqual([]);
    await world.untilObserved(web, ({ health }) => health.status === 'healthy');
    const before = Date.now();
    await world.reconfigure(checked);
    // who waits for a proof does not wait for the next interval
    await world.untilObserved(web, ({ health }) => (health.lastSuccessAt ?? 0) >= before);
    await expect(world.reconfigure(changed(web, { image: 'web:2' }))).resolves.toMatchObject({
      status: 'failed',
      code: 'needs-restart',
    });
    expect(world.observe(web)?.instance).toBe(instance);
  });

  it('goes on after its own restart, and finds its containers without its journal', async () => {
    const web = service({ env: { MODE: 'live' }, healthCheck: httpCheck() });
    await world.start(web);
    const { instance } = world.observe(web) ?? {};
    const { home } = world;
    await world.leave();
    world = await DockerWorld.open(engine.socket, { home });
    expect(world.observe(web)).toMatchObject({ instance, state: 'running' });
    expect(driftOf(web)).toEqual([]);
    await world.untilObserved(web, ({ health }) => health.status === 'healthy');

    await world.leave();
    world = await DockerWorld.open(engine.socket);
    const found = world.observe(web);
    expect(found).toMatchObject({ instance, unrecorded: true });
    expect(found?.config.env['MODE']).toHaveProperty('digest');
    await expect(world.reconfigure(web)).resolves.toMatchObject({ status: 'succeeded' });
    expect(world.observe(web)).toMatchObject({ instance });
    expect(driftOf(web)).toEqual([]);
  });

  it('does not take a container of its own that is gone for one that is in the way', async () => {
    const web = service();
    await world.start(web);
    const { home } = world;
    await world.leave();
    // everything was listed with the container in it
    world = await DockerWorld.open(engine.socket, { home });
    const id = world.containerOf(web);
    await engine.docker.remove(id);
    await world.untilObserved(web, ({ detail }) => detail === 'its container was removed');
    expect(world.runtime.unmanaged().map((each) => each.id)).not.toContain(id);
  });

  it('touches nothing that is not of its installation', async () => {
    const web = service();
    const other = await DockerWorld.open(engine.socket, { installation: 'elsewhere' });
    await other.start(web);
    await world.start(web);
    expect(world.containerOf(web)).not.toBe(other.containerOf(web));
    await world.stop(web, { forget: true });
    expect(other.observe(web)).toMatchObject({ state: 'running' });
    const id = other.containerOf(web);
    await world.until(() => world.runtime.unmanaged().find((each) => each.id === id));
    await other.leave();
  });

  it('says that nothing is known while the engine is away, and looks at all when it is back', async () => {
    const web = service();
    await world.start(web);
    const { instance } = world.observe(web) ?? {};
    await engine.stop();
    await world.until(() => (world.runtime.isKnown ? undefined : true));
    expect(world.runtime.isPresent).toBe(true);
    await expect(world.restart(web)).resolves.toMatchObject({ code: 'engine-away' });
    await engine.restart();
    await world.until(() => (world.runtime.isKnown ? true : undefined));
    const back = await world.untilObserved(web, ({ state }) => state === 'running');
    expect(back.instance).not.toBe(instance);
    expect(await named(engine, world, web)).toHaveLength(1);
  });
});

async function named(engine: DockerEngine, world: DockerWorld, web: Service) {
  const all = await engine.docker.list('vigil.io/instance=here');
  return all.filter(({ Labels }) => Labels['vigil.io/resource'] === resourceOf(web));
}

async function answerOf(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, agent: false }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
      response.on('end', () => resolve(body));
    }).on('error', reject);
  });
}
