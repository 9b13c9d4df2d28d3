import { jest } from '@jest/globals';
import { eventually, freePort, temporaryDirectory } from '@vigil/testkit';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { LaunchedVigil, NPM_START } from './world/launched-vigil.js';
import { isAlive, processesThatKnow, processesWith } from './world/machine-processes.js';
import { web } from './world/manifests.js';
import { expectNothingDoubled } from './world/nothing-doubled.js';
import { freePorts, World } from './world/world.js';

jest.setTimeout(120_000);

const REPLICAS = 2;

const Agents = z.object({ items: z.array(z.object({ id: z.string() })) });

describe('npm start', () => {
  const marker = `launcher-${randomUUID()}`;
  let world: World;

  beforeAll(async () => {
    world = await World.start({ manifests: { 'web.yaml': web({ replicas: REPLICAS, marker }) } });
    await world.expectRunning('web', REPLICAS);
  });
  afterAll(() => world.stop());

  it('ends its start with the URL, where the key is, and what to try', () => {
    const { printed } = world.launcher;
    for (const name of ['PostgreSQL', 'nats-server', 'collector', 'gitopsd', 'agent']) {
      expect(printed).toContain(`✓ ${name}`);
    }
    const end = printed.slice(printed.indexOf('Vigil is ready'));
    expect(end).toContain(world.api.url);
    expect(end).toContain(join(world.home, 'admin.key'));
    expect(end).toContain('npx vigilctl status');
    expect(end).toContain('Ctrl-C stops everything');
  });

  it.each([
    ['the launcher', undefined],
    ['npm start, before it builds anything', NPM_START],
  ])('refuses a second one on the same VIGIL_HOME: %s', async (_what, program) => {
    const before = world.launcher.processes();
    const second = LaunchedVigil.start(world.home, world.settings, program);
    expect(await second.ended()).toBe(1);
    expect(second.printed).toMatch(/Vigil is running already \(launcher pid \d+\)/);
    expect(second.printed).not.toMatch(/built|✓|\n +at /);
    expect(world.launcher.processes()).toEqual(before);
  });

  it.each(['postgres', 'nats-server'])(
    'starts %s again when it was killed, and says so',
    async (name) => {
      const killed = world.launcher.killPart(name);
      await killed.isBack();
      expect(world.launcher.printed).toMatch(
        new RegExp(`${name} was ended by SIGKILL; starting it again in 1 s`),
      );
      await world.expectRunning('web', REPLICAS, 60_000);
      const pid = await world.kill('web');
      await world.expectReplaced('web', pid);
      await world.expectRunning('web', REPLICAS);
      await expectNothingDoubled(world);
    },
  );

  it('runs beside another copy, each with a life of its own', async () => {
    const other = await World.start({ manifests: { 'web.yaml': web({ mode: 'other' }) } });
    try {
      await other.expectRunning('web', 1);
      const mine = await world.replica('web');
      const pid = await other.kill('web');
      await other.expectReplaced('web', pid);
      expect(await other.ask('web')).toContain('other');
      expect(await world.replica('web')).toEqual(mine);
      expect((await other.vigilctl('status')).stdout).toMatch(/shop\/Service\/web .* 1\/1/);
      expect((await world.vigilctl('status')).stdout).toMatch(/shop\/Service\/web .* 2\/2/);
    } finally {
      await other.stop();
    }
    await world.expectRunning('web', REPLICAS);
    expect(processesThatKnow(other.home)).toEqual([]);
  });

  it('takes the agent in again whose key nobody knows any more', async () => {
    const other = await World.start({ manifests: { 'web.yaml': web() } });
    try {
      await other.expectRunning('web', 1);
      const { items } = Agents.parse((await other.api.get('/agents')).body);
      const removed = items.map(({ id }) => other.api.delete(`/agents/${id}`));
      expect((await Promise.all(removed)).map(({ status }) => status)).toEqual([204]);
      await other.stop();
      await other.startAgain();
      await other.expectRunning('web', 1);
    } finally {
      await other.stop();
    }
  });

  it('cleans up after a launcher that was killed, and goes on with its data', async () => {
    const history = await world.actions();
    const key = world.api;
    const replicas = [await world.replica('web', 0), await world.replica('web', 1)];
    const left = world.launcher.processes();
    await world.launcher.stop('SIGKILL');
    expect(replicas.every(({ pid }) => isAlive(pid))).toBe(true);

    await world.startAgain();
    expect(world.launcher.printed).toMatch(/stopped what an earlier start left running: .*agent/);
    expect(left.filter(({ pid }) => isAlive(pid))).toEqual([]);
    await world.expectRunning('web', REPLICAS);
    expect([await world.replica('web', 0), await world.replica('web', 1)]).toEqual(replicas);
    expect((await key.get('/health')).status).toBe(200);
    const ids = (await world.actions()).map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(history.map(({ id }) => id)));
    const pid = await world.kill('web');
    await world.expectReplaced('web', pid);
    await expectNothingDoubled(world);
    expect(processesWith(marker)).toHaveLength(REPLICAS);
  });

  it('starts what died while nothing of Vigil ran', async () => {
    const { pid } = await world.replica('web');
    await world.launcher.stop('SIGKILL');
    const agent = world.launcher.pidOf('agent');
    process.kill(agent, 'SIGKILL');
    process.kill(pid, 'SIGKILL');
    await world.startAgain();
    await world.expectReplaced('web', pid);
    await world.expectRunning('web', REPLICAS);
    expect(processesWith(marker)).toHaveLength(REPLICAS);
  });

  it('leaves no process behind when Ctrl-C was pressed', async () => {
    expect(processesThatKnow(world.home).length).toBeGreaterThan(5);
    expect(await world.launcher.stop('SIGINT')).toBe(0);
    expect(world.launcher.printed).toContain('✓ stopped');
    expect(processesThatKnow(world.home)).toEqual([]);
    expect(processesWith(marker)).toEqual([]);
  });
});

describe('npm start that cannot', () => {
  /** Starts with these settings, expects the end, and that nothing was left running. */
  async function failed(settings: Readonly<Record<string, string>>): Promise<{
    readonly exitCode: number | null;
    readonly printed: string;
  }> {
    const home = temporaryDirectory('home');
    const launcher = LaunchedVigil.start(home, {
      VIGIL_HOME: home,
      ...(await freePorts()),
      ...settings,
    });
    const exitCode = await launcher.ended();
    expect(processesThatKnow(home)).toEqual([]);
    expect(launcher.printed).not.toMatch(/\n +at /);
    return { exitCode, printed: launcher.printed };
  }

  it.each(['VIGIL_COLLECTOR_PORT', 'VIGIL_AGENT_PORT', 'VIGIL_POSTGRES_PORT'])(
    'names %s when its port is in use, and by whom',
    async (variable) => {
      const listener = createServer().listen(0, '127.0.0.1');
      await once(listener, 'listening');
      const address = listener.address();
      const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
      const { exitCode, printed } = await failed({ [variable]: String(port) });
      listener.close();
      expect(exitCode).toBe(2);
      expect(printed).toContain(`${variable}: port ${String(port)} is in use`);
      expect(printed).toContain(`pid ${String(process.pid)}`);
    },
  );

  it.each([
    ['a value that is wrong', { VIGIL_COLLECTOR_PORT: 'eighty' }, 'VIGIL_COLLECTOR_PORT'],
    [
      'a value that only a service knows',
      { VIGIL_METRICS_INTERVAL: 'soon' },
      'VIGIL_METRICS_INTERVAL',
    ],
    ['a name that nobody knows', { VIGIL_COLECTOR_PORT: '8000' }, 'VIGIL_COLECTOR_PORT'],
    ['a mode that does not exist', { VIGIL_MODE: 'reckless' }, 'VIGIL_MODE'],
    ['a database URL that is none', { DATABASE_URL: 'mysql://localhost/vigil' }, 'DATABASE_URL'],
  ])('names the variable with %s', async (_what, settings, variable) => {
    const { exitCode, printed } = await failed(settings);
    expect([exitCode, printed]).toEqual([2, expect.stringContaining(variable)]);
    expect(printed).toContain('expected');
  });

  it('stops what it had started when Ctrl-C is pressed before it is ready', async () => {
    const home = temporaryDirectory('home');
    const launcher = LaunchedVigil.start(home, { VIGIL_HOME: home, ...(await freePorts()) });
    await launcher.says(/✓ nats-server/);
    await launcher.stop('SIGINT');
    await eventually(() => processesThatKnow(home).length === 0);
    expect(launcher.printed).not.toContain('Vigil is ready');
  });

  it('refuses one port for two servers', async () => {
    const port = String(await freePort());
    const { exitCode, printed } = await failed({
      VIGIL_NATS_PORT: port,
      VIGIL_POSTGRES_PORT: port,
    });
    expect(exitCode).toBe(2);
    expect(printed).toMatch(/VIGIL_NATS_PORT.*VIGIL_POSTGRES_PORT/s);
  });
});
