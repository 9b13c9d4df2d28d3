import { jest } from '@jest/globals';
import { containerName, type UnmanagedContainer } from '@vigil/contracts';
import { compareReplica } from '@vigil/drift';
import type { HealthCheck, Service, ServiceSpec } from '@vigil/manifests';
import {
  eventually,
  retagged,
  startDockerEngine,
  startRegistry,
  testImage,
  type DockerEngine,
} from '@vigil/testkit';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from '../../testing/digest.js';
import { dockerService, DockerWorld } from '../../testing/docker-world.js';
import { resourceOf } from '../../testing/operations.js';
import { httpCheck } from '../../testing/service-manifest.js';

jest.setTimeout(60_000);

/** What people, crashes and engines do to containers, and what the agent makes of it. */
describe('a container that is not left alone', () => {
  let engine: DockerEngine;
  let world: DockerWorld;
  let count = 0;

  const started = async (spec: Partial<ServiceSpec> = {}): Promise<Service> => {
    count += 1;
    const service = dockerService(`hand-${count}`, spec);
    await expect(world.start(service)).resolves.toMatchObject({ status: 'succeeded' });
    return service;
  };
  const pathsOfDrift = (service: Service): string[] => {
    const observed = world.observe(service);
    if (observed === undefined) throw new Error('nothing is observed');
    return compareReplica({ service }, observed).map(({ path }) => path);
  };
  const execCheck = (command: string[], timeoutMs = 5_000): HealthCheck => ({
    kind: 'exec',
    command,
    timeoutMs,
    intervalMs: 200,
    retryIntervalMs: 100,
    failureThreshold: 3,
    startPeriodMs: 10_000,
  });

  beforeAll(async () => {
    engine = await startDockerEngine();
    await engine.docker.load(testImage({ reference: 'web:1' }));
    await engine.docker.load(testImage({ reference: 'web:2', version: '2' }));
    await engine.docker.load(testImage({ reference: 'exits:1', behaviour: 'exits' }));
  });
  beforeEach(async () => {
    world = await DockerWorld.open(engine.socket);
  });
  afterEach(() => world.leave());
  afterAll(() => engine.stop());

  it('is started again by the engine when its program dies, as another launch', async () => {
    const web = await started({ healthCheck: httpCheck() });
    const { instance, pid } = await world.untilObserved(
      web,
      ({ health }) => health.status === 'healthy',
    );
    process.kill(pid ?? 0, 'SIGKILL');
    const again = await world.untilObserved(
      web,
      (observed) => observed.state === 'running' && observed.instance !== instance,
    );
    expect(again.config.container?.id).toBe(instance.split('/')[0]);
    expect(again.lastForeignChange).toBeUndefined();
    await expect(world.start(web)).resolves.toMatchObject({ status: 'precondition-failed' });
    await world.untilObserved(web, ({ health }) => health.status === 'healthy');
  });

  it('is told as ended when the engine cannot start it again, of which there is no event', async () => {
    const file = join(world.home, 'page');
    writeFileSync(file, 'hello');
    const web = await started({ volumes: [`${file}:/www/page`] });
    rmSync(file);
    process.kill(world.observe(web)?.pid ?? 0, 'SIGKILL');
    await world.untilObserved(web, ({ restarting }) => restarting === true);
    await world.untilObserved(
      web,
      ({ state, restarting }) => state === 'exited' && restarting !== true,
    );
    // the engine puts a directory in its place
    rmSync(file, { recursive: true, force: true });
    writeFileSync(file, 'hello');
    await expect(world.start(web)).resolves.toMatchObject({ status: 'succeeded' });
  });

  it('is left to the engine while that is about to start it', async () => {
    const web = await started({ image: 'exits:1', ports: [] });
    await world.untilObserved(web, ({ state }) => state === 'exited');
    const id = world.containerOf(web);
    await world.start(web);
    expect(world.containerOf(web)).toBe(id);
    await expect(world.stop(web, { forget: true })).resolves.toMatchObject({ status: 'succeeded' });
  });

  it('is not left to the engine when the manifest that it is started by is another one', async () => {
    const web = await started();
    const id = world.containerOf(web);
    // each time the engine waits twice as long
    for (let round = 0; round < 4; round += 1) {
      const running = await world.untilObserved(web, ({ state }) => state === 'running');
      process.kill(running.pid ?? 0, 'SIGKILL');
      await world.untilObserved(
        web,
        ({ restarting, instance }) => restarting === true || instance !== running.instance,
      );
    }
    const checked = { ...web, spec: { ...web.spec, healthCheck: httpCheck() } };
    await expect(world.start(checked)).resolves.toMatchObject({ status: 'succeeded' });
    expect(world.containerOf(web)).toBe(id);
    expect(world.observe(web)).toMatchObject({
      specDigest: digestOf(JSON.stringify(checked)),
      config: { healthCheck: httpCheck() },
    });
  });

  it('that is paused, or stopped by a signal, is suspended, and ended at once', async () => {
    const web = await started();
    await engine.docker.pause(world.containerOf(web));
    const paused = await world.untilObserved(web, ({ suspended }) => suspended);
    expect(paused).toMatchObject({ state: 'running', lastForeignChange: { what: 'pause' } });
    await expect(world.restart(web, 30_000)).resolves.toMatchObject({ status: 'succeeded' });
    const { pid } = await world.untilObserved(web, ({ suspended }) => !suspended);
    process.kill(pid ?? 0, 'SIGSTOP');
    await eventually(() => world.observe(web)?.suspended);
    await expect(world.restart(web, 30_000)).resolves.toMatchObject({ status: 'succeeded' });
    expect(world.observe(web)).toMatchObject({ state: 'running', suspended: false });
  });

  it('that ignores its stop signal is killed after the grace period', async () => {
    const web = await started({
      command: ['/bin/sh', '-c', 'trap "" TERM; sleep 1000'],
      ports: [],
    });
    const before = performance.now();
    await expect(world.stop(web, { gracePeriodMs: 300 })).resolves.toMatchObject({
      status: 'succeeded',
    });
    expect(performance.now() - before).toBeLessThan(10_000);
    expect(world.observe(web)).toMatchObject({ state: 'stopped', exitCode: 137 });
  });

  it('that somebody made anew in its place shows how it differs, and is made as it should be', async () => {
    const web = await started({ env: { MODE: 'live' } });
    const former = await engine.docker.inspect(world.containerOf(web));
    await engine.docker.remove(former.Id);
    const byHand = await engine.docker.run({
      image: 'web:1',
      name: former.Name.slice(1),
      labels: former.Config.Labels ?? {},
      env: { MODE: 'live', DEBUG: '1' },
      restart: 'unless-stopped',
    });
    const found = await world.untilObserved(web, ({ config }) => config.container?.id === byHand);
    expect(found.config.env).toEqual({ MODE: 'live', DEBUG: { digest: expect.any(String) } });
    expect(found.lastForeignChange).toMatchObject({ what: 'create' });
    expect(pathsOfDrift(web)).toEqual(['/env/DEBUG', '/ports']);
    await expect(world.restart(web)).resolves.toMatchObject({ status: 'succeeded' });
    expect(pathsOfDrift(web)).toEqual([]);
  });

  it('with a name or a port that something else has is not started, and the other not touched', async () => {
    count += 1;
    const service = dockerService(`hand-${count}`, { ports: [{ port: 80, hostPort: 18_099 }] });
    const name = containerName(resourceOf(service), 0, 'here');
    const namesake = await engine.docker.run({ image: 'web:1', name });
    await world.until(() => world.runtime.unmanaged().find(({ id }) => id === namesake));
    await expect(world.start(service)).resolves.toMatchObject({ code: 'name-taken' });
    await engine.docker.remove(namesake);
    const onPort = await engine.docker.run({ image: 'web:1', ports: { 18_099: 80 } });
    const isOnPort = (other: UnmanagedContainer) =>
      other.id === onPort && other.hostPorts.includes(18_099);
    await world.until(() => world.runtime.unmanaged().find(isOnPort));
    await expect(world.start(service)).resolves.toMatchObject({ code: 'port-in-use' });
    await engine.docker.remove(onPort);
    await expect(world.start(service)).resolves.toMatchObject({ status: 'succeeded' });
    expect(world.observe(service)?.config.ports).toEqual([
      { port: 80, hostPort: 18_099, fixed: true },
    ]);
    await world.stop(service, { forget: true });
  });

  it('whose tag names another image by now shows that, and a secret that was changed too', async () => {
    const secret = join(world.home, 'secret');
    writeFileSync(secret, 'first');
    const first = testImage({ reference: 'moving:1', version: 'a' });
    await engine.docker.load(first);
    const web = await started({
      image: 'moving:1',
      env: { KEY: { secretRef: { file: secret } } },
    });
    expect(pathsOfDrift(web)).toEqual([]);
    await engine.docker.load(retagged(testImage({ reference: 'x', version: 'b' }), 'moving:1'));
    await world.untilObserved(web, ({ config }) => {
      const image = config.container?.image;
      return image?.currentId !== image?.id;
    });
    expect(pathsOfDrift(web)).toEqual(['/image']);
    writeFileSync(secret, 'second');
    await world.runtime.lookAgain();
    expect(pathsOfDrift(web)).toEqual(['/image', '/env/KEY']);
    await expect(world.restart(web)).resolves.toMatchObject({ status: 'succeeded' });
    expect(pathsOfDrift(web)).toEqual([]);
  });

  it('keeps what is in its unnamed volumes when it is made anew', async () => {
    const volumes = { config: { Volumes: { '/data': {} } } };
    const web = await started();
    const former = await engine.docker.inspect(world.containerOf(web));
    await engine.docker.remove(former.Id);
    const byHand = await engine.docker.run({
      image: 'web:1',
      name: former.Name.slice(1),
      labels: former.Config.Labels ?? {},
      ...volumes,
    });
    const found = await world.untilObserved(web, ({ config }) => config.container?.id === byHand);
    const [volume] = found.config.container?.mounts ?? [];
    expect(volume).toMatchObject({ target: '/data' });
    await expect(world.restart(web)).resolves.toMatchObject({ status: 'succeeded' });
    expect(world.observe(web)?.config.container).not.toMatchObject({ id: byHand });
    expect(world.observe(web)?.config.container?.mounts).toEqual([volume]);
  });

  it('is pulled when it has to be, with the credentials of its registry', async () => {
    const registry = await startRegistry({ credentials: { user: 'me', password: 'geheim' } });
    const { reference, digest } = registry.push(testImage({ reference: 'p', version: '9' }), 'p:1');
    const file = join(world.home, 'config.json');
    writeFileSync(file, registry.dockerConfig);
    count += 1;
    const web = dockerService(`hand-${count}`, { image: reference });
    await expect(world.start(web)).resolves.toMatchObject({ code: 'pull-failed' });
    const secret = { secretRef: { file } };
    const withSecret = dockerService(`hand-${count}`, {
      image: reference,
      imagePullSecret: secret,
    });
    await expect(world.start(withSecret)).resolves.toMatchObject({ status: 'succeeded' });
    expect(pathsOfDrift(withSecret)).toEqual([]);
    expect(world.progress[0]).toContain(`pulling ${reference}`);
    expect(world.runtime.progress()).toEqual([]);
    const pinned = dockerService(`hand-${count}`, {
      image: `${reference.replace(/:1$/, '')}@${digest}`,
      imagePullSecret: secret,
    });
    await expect(world.restart(pinned)).resolves.toMatchObject({ status: 'succeeded' });
    expect(pathsOfDrift(pinned)).toEqual([]);
    expect(world.observe(pinned)?.config.container?.image.repoDigests).toEqual([
      expect.stringContaining(digest),
    ]);
    await registry.stop();
  });

  it('is checked from inside, and no check of it is left running', async () => {
    const web = await started({ healthCheck: execCheck(['/bin/sh', '-c', 'exit 0']) });
    await world.untilObserved(web, ({ health }) => health.status === 'healthy');
    const checkedBy = async (healthCheck: HealthCheck) => {
      const outcome = await world.reconfigure({ ...web, spec: { ...web.spec, healthCheck } });
      expect(outcome).toMatchObject({ status: 'succeeded' });
      return world.untilObserved(web, ({ health }) => health.message !== undefined);
    };
    const broken = await checkedBy(execCheck(['/bin/sh', '-c', 'echo no; exit 3']));
    expect(broken.health.message).toBe('/bin/sh: exit code 3: no');
    const usage = async () =>
      (await world.runtime.usage()).find(({ resource }) => resource === resourceOf(web))?.threads;
    const hung = await checkedBy(execCheck(['sleep', '1000'], 1_000));
    expect(hung.health.message).toBe('sleep: not finished within 1000 ms');
    await world.reconfigure(web);
    await eventually(async () => (await usage()) === 1);
  });

  it('says what it uses', async () => {
    const web = await started();
    const usage = (await world.runtime.usage()).find(
      ({ resource }) => resource === resourceOf(web),
    );
    expect(usage).toMatchObject({ replica: 0, instance: world.observe(web)?.instance });
    expect(usage?.residentBytes).toBeGreaterThan(0);
    expect(usage?.threads).toBeGreaterThan(0);
  });

  it('is made once, whatever a crash has left half done', async () => {
    const web = await started();
    const id = world.containerOf(web);
    const { Config, Name } = await engine.docker.inspect(id);
    // the agent ended after it had made the next container, and before the old one was stopped
    await engine.docker.create({
      image: 'web:2',
      name: `${Name.slice(1)}-next`,
      labels: { ...Config.Labels, 'vigil.io/spec': 'f'.repeat(64) },
    });
    const { home } = world;
    await world.leave();
    world = await DockerWorld.open(engine.socket, { home });
    expect(world.containerOf(web)).toBe(id);
    const next = { ...web, spec: { ...web.spec, image: 'web:2' } };
    await expect(world.restart(next)).resolves.toMatchObject({ status: 'succeeded' });
    expect(pathsOfDrift(next)).toEqual([]);
    const ours = await engine.docker.list(`vigil.io/resource=${resourceOf(web)}`);
    expect(ours.map(({ Names }) => Names)).toEqual([[Name]]);
  });
});
