import { jest } from '@jest/globals';
import type { DescribedContainer, DescriptionOutcome } from '@vigil/contracts';
import { startDockerEngine, testImage, type DockerEngine, type RunOptions } from '@vigil/testkit';
import { existsSync, readFileSync } from 'node:fs';
import { dockerService, DockerWorld } from '../../../testing/docker-world.js';
import { adoptOf } from '../../../testing/operations.js';
import { readSecret } from '@vigil/config';

jest.setTimeout(60_000);

describe('what runs on a host', () => {
  let engine: DockerEngine;
  let world: DockerWorld;
  let count = 0;

  beforeAll(async () => {
    engine = await startDockerEngine();
    await engine.docker.load(testImage({ reference: 'web:1' }));
  });
  beforeEach(async () => {
    world = await DockerWorld.open(engine.socket);
  });
  afterEach(() => world.leave());
  afterAll(() => engine.stop());

  async function ran(options: Partial<RunOptions> = {}): Promise<string> {
    count += 1;
    const name = `found-${count}`;
    await engine.docker.run({ name, image: 'web:1', ...options });
    return name;
  }

  async function describeThese(...names: string[]) {
    const outcome = await world.runtime.describe(names.length === 0 ? undefined : names);
    if (outcome.status === 'failed') throw new Error(`${outcome.code}: ${outcome.message}`);
    return outcome;
  }

  async function described(options: Partial<RunOptions>): Promise<DescribedContainer> {
    const { containers } = await describeThese(await ran(options));
    const [container] = containers;
    if (container === undefined) throw new Error('nothing was described');
    return container;
  }

  it('is told with its values left in files', async () => {
    const env = {
      PASSWORD: 'hunter2',
      EMPTY: '',
      'discovery.type': 'single-node',
      '../../x': 'a/b',
      LINES: '-----BEGIN-----\nabc\n-----END-----\n',
      CR: 'dos\r',
      UNICODE: 'grüße ✓',
    };
    const container = await described({ env });
    expect(Object.keys(container.config.env).sort()).toEqual(Object.keys(env).sort());
    for (const [name, value] of Object.entries(env)) {
      const told = container.config.env[name];
      if (typeof told !== 'object' || !('secretRef' in told))
        throw new Error(`${name} is not kept`);
      expect(told.secretRef.file.startsWith(`${world.home}/imported/`)).toBe(true);
      expect(await readSecret(told.secretRef.file)).toEqual({ value });
    }
    const text = JSON.stringify(container);
    for (const value of ['hunter2', 'single-node', 'BEGIN', 'grüße'])
      expect(text).not.toContain(value);
    expect(container.unsayable).toEqual(['restart policy no']);
  });

  it('has equal digests for equal values, whatever container they belong to', async () => {
    const one = await described({ env: { A: 'same', B: 'one' } });
    const two = await described({ env: { A: 'same', B: 'two' } });
    expect(one.digests['A']).toBe(two.digests['A']);
    expect(one.digests['B']).not.toBe(two.digests['B']);
    expect(one.config.env['A']).not.toEqual(two.config.env['A']);
  });

  it('is told as a container and not as its image', async () => {
    const container = await described({
      restart: 'always',
      config: { Healthcheck: { Test: ['CMD-SHELL', 'true'], Interval: 1e9 }, StopTimeout: 3 },
      hostConfig: { Binds: ['/unnamed'], RestartPolicy: { Name: 'always' } },
    });
    expect(container).toMatchObject({
      inherited: ['command', 'entrypoint', 'user', 'workingDir', 'logging'],
      stopGracePeriodMs: 3_000,
      healthCheck: { command: ['/bin/sh', '-c', 'true'], intervalMs: 1_000, timeoutMs: 30_000 },
      unsayable: [],
      config: {
        env: {},
        container: {
          image: { reference: 'web:1' },
          mounts: [{ source: expect.stringMatching(/^[0-9a-f]{64}$/), target: '/unnamed' }],
          networks: ['bridge'],
        },
      },
    });
  });

  it('is told with what no manifest says', async () => {
    const container = await described({
      restart: 'unless-stopped',
      hostConfig: {
        PidMode: 'host',
        NetworkMode: 'host',
        Tmpfs: { '/scratch': '' },
        Mounts: [{ Type: 'tmpfs', Target: '/in-memory' }],
        RestartPolicy: { Name: 'unless-stopped' },
      },
    });
    expect(container.unsayable).toContain('PID mode host');
    expect(container.unsayable).toContain('tmpfs /scratch');
    expect(container.unsayable).toContain('tmpfs /in-memory');
    expect(container.config.container).toMatchObject({ networks: ['host'], mounts: [] });
    expect(container.unsayable.join()).not.toMatch(/host name/);
  });

  it('is what no Vigil manages', async () => {
    const name = await ran();
    const stopped = await ran();
    await engine.docker.stop(stopped, 0);
    const others = await ran({ labels: { 'vigil.io/instance': 'another' } });
    const adopted = await ran();
    await world.carryOut(adoptOf(dockerService('adopted', { adopt: [adopted] }), adopted));

    const all = await describeThese();
    const names = all.containers.map(({ config }) => config.container.name);
    expect(names).toContain(name);
    for (const each of [stopped, others, adopted]) expect(names).not.toContain(each);
    expect(all.refused).toEqual([]);

    const asked = await describeThese(name, stopped, others, adopted, 'nobody');
    expect(asked.containers.map(({ config }) => config.container.name)).toEqual([name]);
    expect(asked.refused).toEqual([
      { name: stopped, why: 'it does not run (exited)' },
      { name: others, why: 'it is managed by Vigil' },
      { name: adopted, why: 'it is managed by Vigil' },
      { name: 'nobody', why: 'there is no such container' },
    ]);
  });

  it('names what does not run just now, and what has too many variables', async () => {
    const paused = await ran();
    await engine.docker.pause(paused);
    const adopted = await ran();
    await world.carryOut(adoptOf(dockerService('paused', { adopt: [adopted] }), adopted));
    await engine.docker.pause(adopted);
    const env = Object.fromEntries(Array.from({ length: 1_001 }, (_, at) => [`V${at}`, '']));
    const large = await ran({ env });
    const { containers, refused } = await describeThese();
    for (const each of [paused, adopted]) await engine.docker.unpause(each);
    const names = containers.map(({ config }) => config.container.name);
    for (const each of [paused, adopted, large]) expect(names).not.toContain(each);
    expect(refused).toEqual([
      { name: paused, why: 'it does not run (paused)' },
      { name: large, why: 'it has more than 1000 variables' },
    ]);
    expect(existsSync(`${world.home}/imported/${large}`)).toBe(false);
    await engine.docker.remove(large);
  });

  it('is left as it is', async () => {
    const name = await ran({ env: { A: 'b' } });
    const before = await engine.docker.inspect(name);
    await describeThese(name);
    expect(await engine.docker.inspect(name)).toEqual(before);
  });

  it('says that an engine is away', async () => {
    const other = await startDockerEngine();
    const apart = await DockerWorld.open(other.socket);
    await other.stop();
    const outcome = (): Promise<DescriptionOutcome> => apart.runtime.describe(undefined);
    await expect(outcome()).resolves.toMatchObject({ status: 'failed', code: 'engine-away' });
    await apart.leave();
  });

  it('takes one question at a time, and answers commands meanwhile', async () => {
    const name = await ran();
    const first = world.runtime.describe(undefined);
    await expect(world.runtime.describe([name])).resolves.toMatchObject({ code: 'busy' });
    await expect(first).resolves.toMatchObject({ status: 'described' });
  });

  it('keeps its journal free of values', async () => {
    await described({ env: { PASSWORD: 'correct-horse' } });
    expect(readFileSync(`${world.home}/state.journal`, 'utf8')).not.toContain('correct-horse');
  });
});
