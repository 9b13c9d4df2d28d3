import { jest } from '@jest/globals';
import { containerName } from '@vigil/contracts';
import { compareReplica } from '@vigil/drift';
import type { Service, ServiceSpec } from '@vigil/manifests';
import {
  eventually,
  freePort,
  startDockerEngine,
  startRegistry,
  testImage,
  type DockerEngine,
} from '@vigil/testkit';
import { EventEmitter, once } from 'node:events';
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dockerService, DockerWorld } from '../../testing/docker-world.js';
import { digestOf } from '../../testing/digest.js';
import { resourceOf, restartOf } from '../../testing/operations.js';

jest.setTimeout(60_000);

/** What is there when one container is to take the place of another, and something comes in between. */
describe('a container that is replaced', () => {
  let engine: DockerEngine;
  let world: DockerWorld;
  let count = 0;

  const started = async (spec: Partial<ServiceSpec> = {}): Promise<Service> => {
    count += 1;
    const service = dockerService(`place-${count}`, spec);
    await expect(world.start(service)).resolves.toMatchObject({ status: 'succeeded' });
    return service;
  };
  const changed = (from: Service, spec: Partial<ServiceSpec>): Service => ({
    ...from,
    spec: { ...from.spec, ...spec },
  });
  const driftOf = (service: Service): string[] => {
    const observed = world.observe(service);
    if (observed === undefined) throw new Error('nothing is observed');
    return compareReplica({ service }, observed).map(({ path }) => path);
  };
  const nameOf = (service: Service) => containerName(resourceOf(service), 0, 'here');
  const names = async (service: Service) => {
    const ours = await engine.docker.list(`vigil.io/resource=${resourceOf(service)}`);
    return ours.flatMap(({ Names }) => Names);
  };

  beforeAll(async () => {
    engine = await startDockerEngine();
    await engine.docker.load(testImage({ reference: 'web:1' }));
    await engine.docker.load(testImage({ reference: 'web:2', version: '2' }));
  });
  beforeEach(async () => {
    world = await DockerWorld.open(engine.socket);
  });
  afterEach(() => world.leave());
  afterAll(() => engine.stop());

  it('runs again when the other one cannot be started', async () => {
    const web = await started();
    const id = world.containerOf(web);
    const port = await freePort();
    await engine.docker.run({ image: 'web:1', ports: { [port]: 80 } });
    const cases: [Partial<ServiceSpec>, string][] = [
      [{ entrypoint: ['/no/such/program'] }, 'start-failed'],
      [{ ports: [{ port: 80, hostPort: port }] }, 'port-in-use'],
    ];
    for (const [spec, code] of cases) {
      const next = changed(web, spec);
      const outcome = await world.restart(next);
      expect(outcome).toMatchObject({ status: 'failed', code });
      expect(outcome).toHaveProperty('message', expect.stringContaining('runs again'));
      expect(world.containerOf(web)).toBe(id);
      expect(world.observe(web)).toMatchObject({
        state: 'running',
        specDigest: digestOf(JSON.stringify(web)),
      });
      expect(driftOf(web)).toEqual([]);
      expect(await names(web)).toEqual([`/${nameOf(web)}`]);
    }
  });

  it('is left running when its limits are refused, now and of another one', async () => {
    const web = await started({ resources: { memoryBytes: 64 * 1024 ** 2 } });
    const { instance } = world.observe(web) ?? {};
    const next = changed(web, { resources: { memoryBytes: 1024 ** 2 } });
    await expect(world.reconfigure(next)).resolves.toMatchObject({ code: 'needs-restart' });
    await expect(world.restart(next)).resolves.toMatchObject({ code: 'create-failed' });
    expect(world.observe(web)).toMatchObject({ state: 'running', instance });
    expect(driftOf(web)).toEqual([]);
  });

  it('is not replaced, but started as it is, while its secret cannot be read', async () => {
    const file = join(world.home, 'secret');
    writeFileSync(file, 'first');
    const web = await started({ env: { KEY: { secretRef: { file } } } });
    const id = world.containerOf(web);
    rmSync(file);
    await engine.docker.kill(id);
    await world.untilObserved(web, ({ state }) => state === 'exited');
    await expect(world.start(web)).resolves.toMatchObject({ status: 'succeeded' });
    await expect(world.restart(web)).resolves.toMatchObject({ status: 'succeeded' });
    expect(world.containerOf(web)).toBe(id);
    writeFileSync(file, 'second');
    await world.runtime.lookAgain();
    expect(driftOf(web)).toEqual(['/env/KEY']);
    await expect(world.restart(web)).resolves.toMatchObject({ status: 'succeeded' });
    expect(driftOf(web)).toEqual([]);
  });

  it('is removed later, when the agent ended before it could', async () => {
    const web = await started();
    const former = await engine.docker.inspect(world.containerOf(web));
    await engine.docker.stop(former.Id, 0);
    const next = changed(web, { image: 'web:2' });
    const specDigest = digestOf(JSON.stringify(next));
    const containerId = await engine.docker.run({
      image: 'web:2',
      name: `${nameOf(web)}-next`,
      labels: { ...former.Config.Labels, 'vigil.io/spec': specDigest },
      ports: { 0: 80 },
      restart: 'unless-stopped',
    });
    const record = world.recordOf(web);
    if (record === undefined) throw new Error('nothing is recorded');
    await world.state.record({
      type: 'container.recorded',
      record: {
        ...record,
        containerId,
        specDigest,
        spec: { ...record.spec, image: 'web:2' },
        replaces: former.Id,
      },
    });
    const { home } = world;
    await world.leave();
    world = await DockerWorld.open(engine.socket, { home });
    expect(world.observe(web)).toMatchObject({ state: 'running', specDigest });
    expect(driftOf(next)).toEqual([]);
    expect(world.runtime.unmanaged().map(({ id }) => id)).not.toContain(former.Id);
    await expect(world.restart(web)).resolves.toMatchObject({ status: 'succeeded' });
    expect(driftOf(web)).toEqual([]);
    expect(await names(web)).toEqual([`/${nameOf(web)}`]);
  });

  it('is the replica as long as it runs, when a crash has left the other one made alone', async () => {
    const web = await started();
    const former = await engine.docker.inspect(world.containerOf(web));
    const next = changed(web, { image: 'web:2' });
    const specDigest = digestOf(JSON.stringify(next));
    const containerId = await engine.docker.create({
      image: 'web:2',
      name: `${nameOf(web)}-next`,
      labels: { ...former.Config.Labels, 'vigil.io/spec': specDigest },
    });
    const record = world.recordOf(web);
    if (record === undefined) throw new Error('nothing is recorded');
    // the host went down right before the other one was started, and its engine has started this one
    await world.state.record({
      type: 'container.recorded',
      record: { ...record, containerId, specDigest, replaces: former.Id },
    });
    const { home } = world;
    await world.leave();
    world = await DockerWorld.open(engine.socket, { home });
    expect(world.containerOf(web)).toBe(former.Id);
    expect(world.observe(web)).toMatchObject({
      state: 'running',
      specDigest: digestOf(JSON.stringify(web)),
    });
    const broken = changed(next, { entrypoint: ['/no/such/program'] });
    await expect(world.restart(broken)).resolves.toMatchObject({ code: 'start-failed' });
    expect(world.containerOf(web)).toBe(former.Id);
    expect(world.observe(web)).toMatchObject({ state: 'running' });
    await expect(world.restart(next)).resolves.toMatchObject({ status: 'succeeded' });
    expect(driftOf(next)).toEqual([]);
    expect(await names(web)).toEqual([`/${nameOf(web)}`]);
  });

  it.each(['restart', 'replacement', 'end'] as const)(
    'is removed with the next %s also when its engine has started it again',
    async (next) => {
      const web = await started();
      const former = await engine.docker.inspect(world.containerOf(web));
      const name = `${nameOf(web)}-next`;
      const labels = former.Config.Labels ?? {};
      const restart = 'unless-stopped';
      const containerId = await engine.docker.run({
        image: 'web:1',
        name,
        labels,
        ports: { 0: 80 },
        restart,
      });
      const record = world.recordOf(web);
      if (record === undefined) throw new Error('nothing is recorded');
      // the host went down right after the other one was started, and its engine has started both
      await world.state.record({
        type: 'container.recorded',
        record: { ...record, containerId, replaces: former.Id },
      });
      await world.runtime.lookAgain();
      expect(world.containerOf(web)).toBe(containerId);
      const carriedOut = {
        restart: () => world.restart(web),
        replacement: () => world.restart(changed(web, { image: 'web:2' })),
        end: () => world.stop(web, { forget: true }),
      };
      await expect(carriedOut[next]()).resolves.toMatchObject({ status: 'succeeded' });
      expect(await names(web)).toEqual(next === 'end' ? [] : [`/${nameOf(web)}`]);
      if (next === 'end') expect(world.observe(web)).toBeUndefined();
    },
  );

  it('is the one that runs, whatever has the name, when nothing is remembered', async () => {
    const web = await started();
    const former = await engine.docker.inspect(world.containerOf(web));
    await engine.docker.stop(former.Id, 0);
    const running = await engine.docker.run({
      image: 'web:1',
      name: `${nameOf(web)}-next`,
      labels: former.Config.Labels ?? {},
    });
    await world.leave();
    world = await DockerWorld.open(engine.socket);
    expect(world.containerOf(web)).toBe(running);
    await expect(world.start(web)).resolves.toMatchObject({ status: 'precondition-failed' });
  });

  it('takes all that is left of its replica with it when that is not wanted any more', async () => {
    const web = await started();
    const { Config } = await engine.docker.inspect(world.containerOf(web));
    const spare = { name: `${nameOf(web)}-next`, labels: Config.Labels ?? {} };
    const id = await engine.docker.create({ image: 'web:2', ...spare });
    await world.runtime.lookAgain();
    expect(world.runtime.unmanaged().map((each) => each.id)).not.toContain(id);
    await expect(world.stop(web, { forget: true })).resolves.toMatchObject({ status: 'succeeded' });
    expect(await names(web)).toEqual([]);
    expect(world.observe(web)).toBeUndefined();
  });

  it('is left running when stop-the-world comes while the image is fetched', async () => {
    const { registry, asked, answer } = await slowRegistry();
    const image = testImage({ reference: 'slow', version: 'slow' });
    const { reference } = registry.push(image, 'slow:1');
    const web = await started();
    const { instance } = world.observe(web) ?? {};
    const replacing = world.restart(changed(web, { image: reference }));
    await asked;
    await world.state.record({ type: 'control.told', stopped: true });
    answer();
    await expect(replacing).resolves.toMatchObject({ status: 'refused', code: 'stopped' });
    expect(world.observe(web)).toMatchObject({ state: 'running', instance });
    expect(await names(web)).toEqual([`/${nameOf(web)}`]);
    await registry.stop();
  });

  it('is not made as the first one when stop-the-world comes while the image is fetched', async () => {
    const { registry, asked, answer } = await slowRegistry();
    const image = testImage({ reference: 'first', version: 'first' });
    const { reference } = registry.push(image, 'first:1');
    const web = dockerService('place-first', { image: reference });
    const starting = world.start(web);
    await asked;
    await world.state.record({ type: 'control.told', stopped: true });
    answer();
    await expect(starting).resolves.toMatchObject({ status: 'refused', code: 'stopped' });
    expect(world.observe(web)).toBeUndefined();
    expect(await names(web)).toEqual([]);
    await registry.stop();
  });

  it('is left running when it is another launch by the time the image was fetched', async () => {
    const { registry, asked, answer } = await slowRegistry();
    const image = testImage({ reference: 'slower', version: 'slower' });
    const { reference } = registry.push(image, 'slower:1');
    const web = await started();
    const { instance = '' } = world.observe(web) ?? {};
    const replacing = world.carryOut({
      ...restartOf(changed(web, { image: reference })),
      precondition: { kind: 'instance', instance },
    });
    await asked;
    await engine.docker.restart(world.containerOf(web));
    answer();
    await expect(replacing).resolves.toMatchObject({ status: 'precondition-failed' });
    expect(world.observe(web)).toMatchObject({ state: 'running' });
    expect(await names(web)).toEqual([`/${nameOf(web)}`]);
    await registry.stop();
  });

  it('is made anew when it cannot be started any more as it was made', async () => {
    await engine.docker.createNetwork('passing');
    const web = await started({ networks: ['passing'], ports: [] });
    const former = world.containerOf(web);
    await engine.docker.stop(former, 0);
    await engine.docker.removeNetwork('passing');
    await world.untilObserved(web, ({ state }) => state === 'exited');
    await expect(world.start(web)).resolves.toMatchObject({ code: 'start-failed' });
    expect(world.containerOf(web)).toBe(former);
    await engine.docker.createNetwork('passing');
    await expect(world.start(web)).resolves.toMatchObject({ status: 'succeeded' });
    expect(world.containerOf(web)).not.toBe(former);
    expect(driftOf(web)).toEqual([]);
  });

  it('is made anew when it never ran and cannot be started any more as it was made', async () => {
    await engine.docker.createNetwork('replaced');
    const hostPort = await freePort();
    const onPort = await engine.docker.run({ image: 'web:1', ports: { [hostPort]: 80 } });
    const web = dockerService('place-never', {
      networks: ['replaced'],
      ports: [{ port: 80, hostPort }],
    });
    await expect(world.start(web)).resolves.toMatchObject({ code: 'port-in-use' });
    const former = world.containerOf(web);
    await engine.docker.remove(onPort);
    await engine.docker.removeNetwork('replaced');
    await engine.docker.createNetwork('replaced');
    await expect(world.start(web)).resolves.toMatchObject({ status: 'succeeded' });
    expect(world.containerOf(web)).not.toBe(former);
    expect(driftOf(web)).toEqual([]);
    expect(await names(web)).toEqual([`/${nameOf(web)}`]);
  });

  it('is made anew when what runs cannot be started once more, whatever launch was meant', async () => {
    const web = await started({
      ports: [],
      command: ['/bin/sh', '-c', 'rm /bin/sh; exec sleep 100000'],
    });
    const { instance = '' } = world.observe(web) ?? {};
    const former = world.containerOf(web);
    const restart = { ...restartOf(web), precondition: { kind: 'instance', instance } } as const;
    await expect(world.carryOut(restart)).resolves.toMatchObject({ status: 'succeeded' });
    expect(world.containerOf(web)).not.toBe(former);
    expect(world.observe(web)).toMatchObject({ state: 'running' });
    expect(await names(web)).toEqual([`/${nameOf(web)}`]);
  });

  it('is waited for while somebody removes it, and that it is removed is told at once', async () => {
    const fill = 'i=0; while [ $i -lt 30000 ]; do : > /data/$i; i=$((i+1)); done; : > /data/done';
    const web = await started({
      ports: [],
      command: ['/bin/sh', '-c', `${fill}; exec sleep 100000`],
      healthCheck: {
        kind: 'exec',
        command: ['/bin/sh', '-c', '[ -e /data/done ]'],
        timeoutMs: 5_000,
        intervalMs: 200,
        retryIntervalMs: 200,
        failureThreshold: 3,
        startPeriodMs: 30_000,
      },
    });
    await world.untilObserved(web, ({ health }) => health.status === 'healthy');
    const former = world.containerOf(web);
    const removing = engine.docker.remove(former);
    const ended = await world.untilObserved(web, ({ state }) => state === 'exited');
    expect(ended.lastForeignChange).toMatchObject({ what: 'destroy' });
    const outcome = await world.start(web);
    await removing;
    expect(outcome).toMatchObject({ status: 'succeeded' });
    expect(world.containerOf(web)).not.toBe(former);
    expect(await names(web)).toEqual([`/${nameOf(web)}`]);
  });

  it('is replaced also when the engine cannot remove it, until it can', async () => {
    const web = await started({
      ports: [],
      command: ['/bin/sh', '-c', ': > /data/busy; exec sleep 100000'],
    });
    const former = await engine.docker.inspect(world.containerOf(web));
    const [, upper = ''] = /"UpperDir":"([^"]+)"/.exec(JSON.stringify(former)) ?? [];
    const busy = join(upper, 'data/busy');
    await eventually(() => existsSync(busy));
    execFileSync('chattr', ['+i', busy]);
    try {
      await expect(engine.docker.remove(former.Id)).rejects.toThrow('failed to remove');
      await world.untilObserved(web, ({ state }) => state === 'exited');
      await expect(world.start(web)).resolves.toMatchObject({ status: 'succeeded' });
      await expect(world.restart(changed(web, { env: { A: '1' } }))).resolves.toMatchObject({
        status: 'succeeded',
      });
      expect(await names(web)).toHaveLength(2);
      await world.runtime.lookAgain();
      expect(world.runtime.unmanaged().map(({ id }) => id)).not.toContain(former.Id);
    } finally {
      execFileSync('chattr', ['-i', busy]);
    }
    await expect(world.restart(web)).resolves.toMatchObject({ status: 'succeeded' });
    expect(await names(web)).toEqual([`/${nameOf(web)}`]);
  });
});

/** A registry that answers only when it is told to; `asked` resolves when it was asked for something. */
async function slowRegistry() {
  const asking = new EventEmitter();
  const asked = once(asking, 'asked');
  const answered = once(asking, 'answer');
  const registry = await startRegistry({
    beforeAnswer: async () => {
      asking.emit('asked');
      await answered;
    },
  });
  return { registry, asked, answer: () => asking.emit('answer') };
}
