import { jest } from '@jest/globals';
import { compareReplica } from '@vigil/drift';
import type { Service, ServiceSpec } from '@vigil/manifests';
import { startPodman, testImage, type Podman } from '@vigil/testkit';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { dockerService, DockerWorld } from '../../testing/docker-world.js';
import { httpCheck } from '../../testing/service-manifest.js';

jest.setTimeout(60_000);

/** Podman tells its events out of a file. */
const EVENTS_LATE_MS = 1_000;

/** The same runtime behind the other engine that people have. */
describe('a container of Podman', () => {
  let podman: Podman;
  let world: DockerWorld;
  let count = 0;

  const service = (spec: Partial<ServiceSpec> = {}): Service => {
    count += 1;
    return dockerService(`pod-${count}`, { ports: [], healthCheck: httpCheck(), ...spec });
  };
  const started = async (spec: Partial<ServiceSpec> = {}): Promise<Service> => {
    const web = service(spec);
    await expect(world.start(web)).resolves.toMatchObject({ status: 'succeeded' });
    return web;
  };
  const driftOf = (of: Service) => {
    const observed = world.observe(of);
    if (observed === undefined) throw new Error('nothing is observed');
    return compareReplica({ service: of }, observed);
  };
  const healthy = (of: Service) =>
    world.untilObserved(of, ({ health }) => health.status === 'healthy');

  beforeAll(async () => {
    podman = await startPodman();
    await podman.docker.load(testImage({ reference: 'web:1', env: { OF_IMAGE: 'yes' } }));
    await podman.docker.load(testImage({ reference: 'web:2', version: '2' }));
  });
  beforeEach(async () => {
    world = await DockerWorld.open(podman.socket);
  });
  afterEach(() => world.leave());
  afterAll(() => podman.stop());

  it('is made as its manifest says, answers, and differs in nothing', async () => {
    const secret = join(world.home, 'secret');
    writeFileSync(secret, 'hunter2\n');
    const web = await started({
      env: { MODE: 'live', PASSWORD: { secretRef: { file: secret } }, OF_IMAGE: 'no' },
      volumes: ['data:/data:ro'],
      labels: { team: 'a' },
      capabilities: { add: ['NET_ADMIN'], drop: ['MKNOD'] },
      logging: { driver: 'json-file', options: { 'max-size': '1m' } },
      resources: { memoryBytes: 64 * 1024 ** 2 },
    });
    expect((await healthy(web)).config.env).toMatchObject({
      PASSWORD: { secretRef: { file: secret } },
    });
    expect(driftOf(web)).toEqual([]);
  });

  it('has a port that Podman chose, which is not one that was given', async () => {
    const web = await started({ ports: [{ port: 80 }], healthCheck: undefined });
    expect(world.observe(web)?.config.ports).toMatchObject([{ port: 80, fixed: false }]);
    expect(driftOf(web)).toEqual([]);
  });

  it.each([
    // Podman says of a stop only that it ended
    ['stop', undefined],
    ['kill', 'kill'],
    ['remove', 'destroy'],
  ] as const)('is told at once after a %s by hand, and started again', async (fault, deed) => {
    const web = await started();
    await healthy(web);
    await podman.docker[fault](world.containerOf(web));
    await world.untilObserved(
      web,
      ({ state, lastForeignChange }) =>
        state === 'exited' && (deed === undefined || lastForeignChange?.what === deed),
    );
    await expect(world.start(web)).resolves.toMatchObject({ status: 'succeeded' });
    await healthy(web);
    expect(driftOf(web)).toEqual([]);
  });

  it('that Podman starts again by itself was restarted by nobody', async () => {
    const web = await started();
    const { pid, instance } = await healthy(web);
    process.kill(pid ?? 0, 'SIGKILL');
    await world.untilObserved(
      web,
      (observed) => observed.state === 'running' && observed.instance !== instance,
    );
    await pause(EVENTS_LATE_MS);
    expect(world.observe(web)?.lastForeignChange).toBeUndefined();
    await podman.docker.restart(world.containerOf(web));
    await world.untilObserved(web, ({ lastForeignChange }) => lastForeignChange?.what === 'start');
  });

  it('is the same container after a stop, and another one for another image', async () => {
    const web = await started();
    const first = world.containerOf(web);
    await podman.docker.stop(first);
    await world.untilObserved(web, ({ state }) => state === 'exited');
    await world.start(web);
    expect(world.containerOf(web)).toBe(first);

    const next: Service = { ...web, spec: { ...web.spec, image: 'web:2' } };
    expect(driftOf(next).map(({ path }) => path)).toEqual(['/image']);
    await expect(world.restart(next)).resolves.toMatchObject({ status: 'succeeded' });
    expect(world.containerOf(next)).not.toBe(first);
    expect(driftOf(next)).toEqual([]);
  });

  it('is found again without a journal, and known when its manifest is told', async () => {
    const web = await started({ ports: [{ port: 80 }], healthCheck: undefined });
    const container = world.containerOf(web);
    await world.leave();
    world = await DockerWorld.open(podman.socket);
    expect(world.observe(web)).toMatchObject({ unrecorded: true, state: 'running' });
    await expect(world.reconfigure(web)).resolves.toMatchObject({ status: 'succeeded' });
    expect(world.containerOf(web)).toBe(container);
    expect(driftOf(web)).toEqual([]);
  });
});
