import { jest } from '@jest/globals';
import { ActionDetail, ActionOrdered } from '@vigil/contracts';
import { eventually } from '@vigil/testkit';
import { isAlive } from './world/machine-processes.js';
import { web } from './world/manifests.js';
import { ResourceStatus } from './world/views.js';
import { World } from './world/world.js';

jest.setTimeout(120_000);

/** A change that no process survives. */
function broken(manifest: string): string {
  return manifest.replace('[node, -e,', '[node, --no-such-option, -e,');
}

async function ended(world: World, id: string): Promise<ActionDetail> {
  return world.until(`/actions/${id}`, ActionDetail, (action) =>
    action.completedAt === undefined ? undefined : action,
  );
}

async function act(world: World, ...args: string[]): Promise<ActionDetail> {
  const outcome = await world.vigilctl('act', ...args, '--reason', 'try it', '--json');
  expect(outcome.stderr).toBe('');
  const { actionId } = ActionOrdered.parse(JSON.parse(outcome.stdout));
  return ended(world, actionId);
}

describe('a change that does not work', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start({ manifests: { 'web.yaml': web({ replicas: 3 }) } });
    await world.expectRunning('web', 3);
  });
  afterAll(() => world.stop());

  it('is taken back after the first replica, and the old one goes on being repaired', async () => {
    const untouched = [(await world.replica('web', 1)).pid, (await world.replica('web', 2)).pid];
    world.write('web.yaml', broken(web({ replicas: 3 })));
    const update = await world.action('web', ({ status }) => status === 'rolled_back');
    const { timeline } = await ended(world, update.id);
    expect(timeline.flatMap(({ to }) => to ?? [])).toEqual([
      'requested',
      'queued',
      'running',
      'verifying',
      'rolling_back',
      'rolled_back',
    ]);
    await world.until(
      '/manifests/shop/Service/web',
      ResourceStatus,
      ({ health, readyReplicas }) => health === 'Degraded' && readyReplicas === 3,
    );
    expect(untouched.every(isAlive)).toBe(true);

    const pid = await world.kill('web');
    await world.expectReplaced('web', pid);
    expect(await world.ask('web')).toMatch(/^live /);
  });

  it('is tried again when the manifest is mended', async () => {
    world.write('web.yaml', web({ replicas: 3, mode: 'mended' }));
    for (const replica of [0, 1, 2]) {
      await eventually(async () => (await world.ask('web', replica)).startsWith('mended '));
    }
    await world.expectRunning('web', 3);
  });
});

describe('what cannot run', () => {
  let world: World;
  beforeAll(async () => {
    const manifest = broken(web({ name: 'broken' })).replace(
      '{ stableAfter: 500ms, cooldownPeriod: 2s }',
      '{ stableAfter: 30s, cooldownPeriod: 5m }',
    );
    world = await World.start({ manifests: { 'broken.yaml': manifest, 'web.yaml': web() } });
    await world.expectRunning('web', 1);
  });
  afterAll(() => world.stop());

  it('is not started again and again, and Vigil says when it will try next', async () => {
    const held = await world.action('broken', ({ status }) => status === 'suppressed');
    expect(held.reason?.code).toBe('backoff');
    const tried = (await world.actions('&target=shop/broken')).filter(
      ({ status }) => status === 'failed',
    );
    expect(tried).toHaveLength(1);
    const explained = await world.vigilctl('explain', 'shop/broken');
    expect(explained.stdout).toMatch(/the last repair failed \(replica 0 on .* exit code 9\)/);
    expect(explained.stdout).toMatch(/NEXT TRY/);
  });

  it('is no obstacle to others', async () => {
    const pid = await world.kill('web');
    await world.expectReplaced('web', pid);
  });

  it('is started at once when its manifest is mended', async () => {
    world.write('broken.yaml', web({ name: 'broken' }));
    await world.expectRunning('broken', 1);
  });
});

describe('a person', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start({
      manifests: { 'web.yaml': web({ extra: '  scale: { min: 1, max: 2 }\n' }) },
    });
    await world.expectRunning('web', 1);
  });
  afterAll(() => world.stop());

  it('sees in a dry-run what would be done, and nothing is', async () => {
    const { pid } = await world.replica('web');
    const dry = await act(world, 'shop/web', 'restart', '--dry-run');
    expect(dry).toMatchObject({
      status: 'suppressed',
      reason: { code: 'dry-run' },
      plan: { operations: [{ operation: { kind: 'restart', replica: 0 } }] },
    });
    expect((await world.replica('web')).pid).toBe(pid);
  });

  it('restarts, and is named in the audit', async () => {
    const { pid } = await world.replica('web');
    const { status, timeline } = await act(world, 'shop/web', 'restart');
    expect(status).toBe('succeeded');
    expect(timeline[0]?.actor).toMatch(/admin/);
    await world.expectReplaced('web', pid);
  });

  it('stops a service, which stays stopped until somebody starts it', async () => {
    const { pid } = await world.replica('web');
    expect((await act(world, 'shop/web', 'stop')).status).toBe('succeeded');
    expect(isAlive(pid)).toBe(false);
    // evaluated again, and still nothing is missing
    expect((await world.vigilctl('evaluate', 'shop/web')).exitCode).toBe(0);
    expect(await world.drift()).toEqual([]);
    expect((await act(world, 'shop/web', 'start')).status).toBe('succeeded');
    await world.expectRunning('web', 1);
  });

  it('scales within the limits of the manifest, and not beyond', async () => {
    expect((await act(world, 'shop/web', 'scale', '--replicas', '2')).status).toBe('succeeded');
    await world.expectRunning('web', 2);
    const refused = await world.vigilctl(
      ...['act', 'shop/web', 'scale', '--replicas', '3', '--reason', 'more'],
    );
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stderr).toMatch(/1 to 2/);
    expect((await act(world, 'shop/web', 'scale', '--replicas', '1')).status).toBe('succeeded');
    await world.expectRunning('web', 1);
  });

  it('stops the world, and lets it go on', async () => {
    expect((await world.vigilctl('stop', '--reason', 'fire drill')).exitCode).toBe(0);
    const pid = await world.kill('web');
    const explained = await eventually(async () => {
      const { stdout } = await world.vigilctl('explain', 'shop/web');
      return stdout.includes('fire drill') && stdout;
    });
    expect(explained).toMatch(/stopped/);
    expect((await world.vigilctl('resume', '--reason', 'over')).exitCode).toBe(0);
    await world.expectReplaced('web', pid);
  });
});

describe('in mode approve', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start({
      manifests: { 'web.yaml': web() },
      env: { VIGIL_MODE: 'approve' },
    });
  });
  afterAll(() => world.stop());

  it('nothing runs before a person has approved its plan', async () => {
    const waiting = await world.action('web', ({ status }) => status === 'pending_approval');
    const other = await world.vigilctl(
      ...['approve', waiting.id, '--plan', 'another', '--reason', 'no'],
    );
    expect(other.exitCode).not.toBe(0);
    const approved = await world.vigilctl('approve', waiting.id, '--reason', 'go on');
    expect(approved).toMatchObject({ exitCode: 0, stderr: '' });
    const { status, timeline } = await ended(world, waiting.id);
    expect(status).toBe('succeeded');
    expect(timeline.find(({ to }) => to === 'queued')).toMatchObject({
      from: 'pending_approval',
      reason: { code: 'approved', message: 'go on' },
    });
    await world.expectRunning('web', 1);
  });

  it('what a person rejects is not done', async () => {
    const pid = await world.kill('web');
    const waiting = await world.action('web', ({ status }) => status === 'pending_approval');
    expect((await world.vigilctl('reject', waiting.id, '--reason', 'not now')).exitCode).toBe(0);
    expect((await ended(world, waiting.id)).status).toBe('rejected');
    expect(isAlive(pid)).toBe(false);
  });
});
