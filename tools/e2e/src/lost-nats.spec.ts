import { jest } from '@jest/globals';
import { ActionDetail, ActionOrdered, StopOutcome, SystemView } from '@vigil/contracts';
import { eventually } from '@vigil/testkit';
import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, processesWith } from './world/machine-processes.js';
import { web } from './world/manifests.js';
import { Health } from './world/views.js';
import { World } from './world/world.js';

jest.setTimeout(180_000);

describe('an installation whose NATS lost its data while nothing ran', () => {
  const marker = `lost-nats-${randomUUID()}`;
  let world: World;
  beforeAll(async () => {
    world = await World.start({
      manifests: {
        'web.yaml': web({ marker }),
        'wide.yaml': web({ name: 'wide', extra: '  scale: { min: 1, max: 2 }\n' }),
        'idle.yaml': web({ name: 'idle' }),
      },
    });
    await Promise.all(['web', 'wide', 'idle'].map((name) => world.expectRunning(name, 1)));
  });
  afterAll(() => world.stop());

  const startWithoutNatsData = async () => {
    await world.launcher.losePower();
    rmSync(join(world.home, 'nats'), { recursive: true });
    await world.startAgain();
  };

  const act = async (...args: string[]): Promise<ActionDetail> => {
    const { stdout } = await world.vigilctl('act', ...args, '--reason', 'planned', '--json');
    const { actionId } = ActionOrdered.parse(JSON.parse(stdout));
    return world.until(`/actions/${actionId}`, ActionDetail, (action) =>
      action.completedAt === undefined ? undefined : action,
    );
  };

  const knowsAll = () =>
    world.until('/health', Health, ({ components, status }) => {
      return components['controls']?.status === 'ok' && status === 'ok';
    });

  const agentLog = () => readFileSync(join(world.home, 'logs', 'agent.log'), 'utf8');

  it('keeps what people have scaled and stopped', async () => {
    expect((await act('shop/wide', 'scale', '--replicas', '2')).status).toBe('succeeded');
    expect((await act('shop/idle', 'stop')).status).toBe('succeeded');
    await world.expectRunning('wide', 2);
    const kept = [(await world.replica('wide', 0)).pid, (await world.replica('wide', 1)).pid];
    const before = (await world.actions()).map(({ id }) => id);

    await startWithoutNatsData();
    await knowsAll();
    await world.expectRunning('wide', 2);
    expect(kept.every(isAlive)).toBe(true);
    // evaluated again, and still as people want it
    for (const name of ['wide', 'idle']) {
      expect((await world.vigilctl('evaluate', `shop/${name}`)).exitCode).toBe(0);
    }
    expect(await world.drift()).toEqual([]);
    expect((await world.actions()).map(({ id }) => id).toSorted()).toEqual(before.toSorted());

    const victim = await world.kill('wide', 1);
    await world.expectReplaced('wide', victim, 1);
    expect((await act('shop/idle', 'start')).status).toBe('succeeded');
    await world.expectRunning('idle', 1);
  });

  it('keeps the world stopped, until a person lets it go on', async () => {
    const stopped = await world.vigilctl('stop', '--reason', 'incident', '--json');
    expect(StopOutcome.parse(JSON.parse(stopped.stdout))).toMatchObject({
      inForce: true,
      durable: true,
      unreached: [],
    });
    const { pid } = await world.replica('web');
    const toldBefore = agentLog().split('stop-the-world has ended').length;

    await startWithoutNatsData();
    await knowsAll();
    await world.until(
      '/system',
      SystemView,
      (system) => system.controlsKnown && system.stopped?.reason === 'incident',
    );
    process.kill(pid, 'SIGKILL');
    const explained = await eventually(async () => {
      const { stdout } = await world.vigilctl('explain', 'shop/web');
      return stdout.includes('incident') && stdout.includes('missing') && stdout;
    });
    expect(explained).toMatch(/stopped/);
    // a person's own request is refused, too
    expect(await act('shop/web', 'start')).toMatchObject({
      status: 'suppressed',
      reason: { code: 'stop-the-world' },
    });
    expect(processesWith(marker)).toEqual([]);
    expect(agentLog().split('stop-the-world has ended')).toHaveLength(toldBefore);

    expect((await world.vigilctl('resume', '--reason', 'over')).exitCode).toBe(0);
    await world.expectReplaced('web', pid);
    await world.expectRunning('web', 1);
    expect(processesWith(marker)).toHaveLength(1);
  });
});
