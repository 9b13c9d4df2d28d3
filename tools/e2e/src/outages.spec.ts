import { jest } from '@jest/globals';
import { QueryResult } from '@vigil/contracts';
import {
  eventually,
  startNats,
  startPostgres,
  type TestNats,
  type TestPostgres,
} from '@vigil/testkit';
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { isAlive, processesWith } from './world/machine-processes.js';
import { web } from './world/manifests.js';
import { expectNothingDoubled } from './world/nothing-doubled.js';
import { ReliablePoster } from './world/reliable-poster.js';
import { Health, type Action } from './world/views.js';
import { World } from './world/world.js';

jest.setTimeout(180_000);

const REPLICAS = 2;
const OUTAGE_MS = 20_000;

describe('an outage', () => {
  const marker = `outages-${randomUUID()}`;
  let postgres: TestPostgres;
  let nats: TestNats;
  let world: World;
  let startedAt: number;

  beforeAll(async () => {
    [postgres, nats] = await Promise.all([
      startPostgres(),
      startNats({ credentials: { user: 'vigil', password: randomUUID() } }),
    ]);
    world = await World.start({
      manifests: { 'web.yaml': web({ replicas: REPLICAS, marker }) },
      env: { DATABASE_URL: postgres.url, NATS_URL: nats.url },
    });
    startedAt = Date.now();
    await world.expectRunning('web', REPLICAS);
  });
  afterAll(async () => {
    await world.stop();
    await Promise.all([postgres.stop(), nats.stop()]);
  });

  it('is of servers that DATABASE_URL and NATS_URL name: none of our own runs', () => {
    const names = world.launcher.processes().map(({ name }) => name);
    expect(names.sort()).toEqual(['agent', 'collector', 'evaluator', 'gitopsd', 'remediator']);
  });

  /** Kills a replica and waits until another process answers in its place, without asking the API. */
  async function killAndAwaitRepair(victim: { pid: number; port: number }): Promise<number> {
    process.kill(victim.pid, 'SIGKILL');
    const answer = await eventually(
      async () => (await fetch(`http://127.0.0.1:${String(victim.port)}/`)).text(),
      { withinMs: OUTAGE_MS },
    );
    expect(answer).not.toContain(String(victim.pid));
    expect(processesWith(marker)).toHaveLength(REPLICAS);
    return Number(answer.split(' ')[1]);
  }

  async function healthIs(status: string): Promise<Health> {
    return world.until('/health', Health, (health) => health.status === status && health, 60_000);
  }

  async function query(parameters: string): Promise<QueryResult['series']> {
    return world.until(`/query?${parameters}`, QueryResult, ({ series }) => series);
  }

  it('of PostgreSQL for 20 s: repairs go on, and no acknowledged sample is lost or doubled', async () => {
    const victims = [await world.replica('web', 0), await world.replica('web', 1)];
    const poster = ReliablePoster.start(world.api, 'careful');
    await poster.acknowledgesMore();

    await postgres.kill();
    const awayAt = Date.now();
    await eventually(() => poster.refusals.length > 0);
    const degraded = await healthIs('degraded');
    expect(degraded.components['postgres']?.status).toBe('down');
    expect(degraded.components['nats']?.status).toBe('ok');

    for (const victim of victims) victim.pid = await killAndAwaitRepair(victim);
    // nobody needs PostgreSQL to come back to the repairs
    const services = ['collector', 'gitopsd', 'evaluator', 'remediator', 'agent'];
    const killed = services.map((name) => world.launcher.killPart(name));
    const [first] = victims;
    if (first !== undefined) first.pid = await killAndAwaitRepair(first);

    await eventually(() => Date.now() - awayAt > OUTAGE_MS, { withinMs: OUTAGE_MS + 1000 });
    for (const { status, headers } of poster.refusals) {
      expect(status).toBe(503);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    await postgres.restart();
    const backAt = Date.now();
    await Promise.all(killed.map(({ isBack }) => isBack()));
    await healthIs('ok');
    await poster.acknowledgesMore();
    await poster.stop();

    const range = `from=${String(poster.firstAt)}&to=${String(Date.now() + 1)}`;
    const counted = await query(`metric=careful&agg=count&${range}`);
    expect(counted.flatMap(({ points }) => points.map(([, count]) => count))).toEqual([
      poster.acknowledged,
    ]);
    await expectNoGap(awayAt, backAt);
    // the history of what was repaired meanwhile is written now
    await eventually(async () => (await succeededSince(awayAt)).length >= 3, { withinMs: 60_000 });
    for (const [replica, { pid }] of victims.entries()) {
      await eventually(async () => (await world.replica('web', replica)).pid === pid);
    }
    await world.expectRunning('web', REPLICAS);
    await expectNothingDoubled(world);
  });

  async function succeededSince(at: number): Promise<Action[]> {
    return (await world.actions()).filter(
      ({ status, startedAt: began }) => status === 'succeeded' && Date.parse(began) >= at,
    );
  }

  /** The agent measures each second; a loaded machine may be late, but not for most of the outage. */
  async function expectNoGap(awayAt: number, backAt: number): Promise<void> {
    const range = `source=${hostname()}&from=${String(startedAt)}`;
    const times = await eventually(
      async () => {
        const series = await query(`metric=uptime_seconds&${range}`);
        const found = series[0]?.points.map(([at]) => at) ?? [];
        return (found.at(-1) ?? 0) > backAt && found;
      },
      { withinMs: 60_000 },
    );
    expect(new Set(times).size).toBe(times.length);
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? at));
    expect(Math.max(...gaps)).toBeLessThan(OUTAGE_MS / 3);
    expect(times.filter((at) => at > awayAt && at < backAt).length).toBeGreaterThan(3);
  }

  it('of NATS, and a fault meanwhile: repaired when it is back', async () => {
    const { pid } = await world.replica('web');
    const { pid: other } = await world.replica('web', 1);
    await nats.kill();
    process.kill(pid, 'SIGKILL');
    await healthIs('degraded');
    await nats.restart();

    await world.expectReplaced('web', pid);
    await world.expectRunning('web', REPLICAS);
    await healthIs('ok');
    expect((await world.replica('web', 1)).pid).toBe(other);
    await expectNothingDoubled(world);
    expect(processesWith(marker)).toHaveLength(REPLICAS);
  });

  it('of NATS with all of its data: what runs is left alone, and repairs go on', async () => {
    const before = [await world.replica('web', 0), await world.replica('web', 1)];
    const actions = await world.actions();
    const wipedAt = Date.now();
    await nats.kill();
    rmSync(nats.storeDirectory, { recursive: true });
    await nats.restart();

    await healthIs('ok');
    await world.expectRunning('web', REPLICAS, 60_000);
    expect(before.every(({ pid }) => isAlive(pid))).toBe(true);
    const victim = await world.kill('web');
    await world.expectReplaced('web', victim);
    await world.expectRunning('web', REPLICAS);
    await world.action(
      'web',
      ({ status, startedAt: at }) => status === 'succeeded' && Date.parse(at) >= wipedAt,
    );
    await expectNothingDoubled(world);
    expect(processesWith(marker)).toHaveLength(REPLICAS);
    const ids = (await world.actions()).map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(actions.map(({ id }) => id)));
    // the manifests are in force again too
    world.write('web.yaml', web({ replicas: REPLICAS + 1, marker }));
    await world.expectRunning('web', REPLICAS + 1);
  });
});
