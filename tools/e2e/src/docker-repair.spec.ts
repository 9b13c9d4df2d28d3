import { jest } from '@jest/globals';
import { eventually, startDockerEngine, testImage, type DockerEngine } from '@vigil/testkit';
import { webContainer } from './world/container-manifests.js';
import { Containers } from './world/containers.js';
import { expectNothingDoubled } from './world/nothing-doubled.js';
import { Drift, Explanation, pageOf } from './world/views.js';
import { World } from './world/world.js';

jest.setTimeout(120_000);

const MIB = 1024 ** 2;
const REPLICAS = 3;

describe('a service of three containers', () => {
  let engine: DockerEngine;
  let world: World;
  let containers: Containers;

  beforeAll(async () => {
    engine = await startDockerEngine();
    await engine.docker.load(testImage({ reference: 'web:1' }));
    world = await World.start({
      engine,
      manifests: {
        'web.yaml': webContainer({ replicas: REPLICAS, extra: '  resources: { memory: 64Mi }\n' }),
      },
    });
    await world.expectRunning('web', REPLICAS);
    containers = new Containers(engine, world);
  });
  afterAll(async () => {
    await world.stop();
    await engine.stop();
  });

  it('runs as its manifest says', async () => {
    expect(world.launcher.printed).toMatch(/✓ agent on .*, with Docker \d/);
    const found = await containers.of('web');
    expect(found.map(({ replica, running }) => [replica, running])).toEqual([
      [0, true],
      [1, true],
      [2, true],
    ]);
    expect(await containers.ask('web', 1)).toMatch(/^1 live /);
    expect(found[0]?.inspected.HostConfig.Memory).toBe(64 * MIB);
  });

  it.each([
    ['docker kill', 0, (id: string) => engine.docker.kill(id)],
    ['docker rm -f', 1, (id: string) => engine.docker.remove(id)],
    ['docker stop', 2, (id: string) => engine.docker.stop(id)],
  ])('has three again after %s of one', async (_command, replica, fault) => {
    const before = await containers.of('web');
    const victim = await containers.replica('web', replica);
    await fault(victim.id);

    await containers.expectRelaunched('web', victim);
    await world.expectRunning('web', REPLICAS);
    for (const other of before.filter((container) => container.replica !== replica)) {
      expect((await containers.replica('web', other.replica)).launch).toBe(other.launch);
    }
  });

  it('is left to the engine where that restarts it by itself, which is on record', async () => {
    const victim = await containers.replica('web', 1);
    const before = await world.actions();
    const killedAt = Date.now();
    process.kill(victim.pid, 'SIGKILL');
    expect((await containers.expectRelaunched('web', victim)).id).toBe(victim.id);
    await world.expectRunning('web', REPLICAS);
    expect(await world.actions()).toHaveLength(before.length);

    const history = '/drift/history?resource=shop/web&limit=5';
    const fault = await world.until(history, pageOf(Drift), ({ items }) =>
      items.find(({ detectedAt }) => Date.parse(detectedAt) >= killedAt),
    );
    const chain = `/explain/${fault.correlationId}`;
    await world.until(chain, Explanation, ({ steps }) =>
      steps.some(({ summary }) => summary.includes('the container engine is about to start it')),
    );
  });

  it('is restarted where it hangs', async () => {
    const victim = await containers.replica('web', 2);
    process.kill(victim.pid, 'SIGSTOP');
    await containers.expectRelaunched('web', victim);
    await world.expectRunning('web', REPLICAS);
  });

  it('gets its own environment back when one was recreated by hand with another', async () => {
    const victim = await containers.replica('web', 0);
    // nobody can be quicker than the repair of what is missing meanwhile
    await world.vigilctl('stop', '--reason', 'a change by hand');
    await containers.recreateWith(victim, { MODE: 'by-hand', EXTRA: 'typed-in' });
    await eventually(async () => (await containers.ask('web')).startsWith('1 by-hand '));
    await eventually(async () => (await world.drift()).some(({ type }) => type === 'config'));
    const { stdout } = await world.vigilctl('drift');
    expect(stdout).toMatch(/config .* \/env\/MODE /);
    expect(stdout).toMatch(/config .* \/env\/EXTRA /);
    // what nobody declared may be a secret, and does not leave its host
    expect(stdout).not.toMatch(/by-hand|typed-in/);
    await world.vigilctl('resume', '--reason', 'done');

    await eventually(async () => (await containers.ask('web')).startsWith('1 live '));
    await world.expectRunning('web', REPLICAS);
    const { Config } = (await containers.replica('web')).inspected;
    expect(Config.Env).not.toContainEqual(expect.stringContaining('EXTRA'));
  });

  it('gets its limits back in place when they were changed', async () => {
    const { id, launch } = await containers.replica('web');
    await engine.docker.update(id, { Memory: 128 * MIB, MemorySwap: 128 * MIB });
    await eventually(async () => (await engine.docker.inspect(id)).HostConfig.Memory === 64 * MIB);
    await world.expectRunning('web', REPLICAS);
    expect((await containers.replica('web')).launch).toBe(launch);
  });

  it('says of each fault what was done, and that it was not Vigil', async () => {
    // docker rm -f kills first, and the repair may begin before the engine tells of the rest
    const deeds = ['kill (signal 9)', 'stop', 'create', 'update'];
    await world.until('/drift/history?resource=shop/web&limit=100', pageOf(Drift), ({ items }) =>
      deeds.every((deed) =>
        items.some(({ attribution }) => attribution?.includes(`${deed}, not by Vigil`) === true),
      ),
    );
  });

  it('was repaired once for each fault', async () => {
    await expectNothingDoubled(world);
    expect((await world.actions()).filter(({ status }) => status === 'failed')).toEqual([]);
    expect(await containers.of('web')).toHaveLength(REPLICAS);
  });
});
