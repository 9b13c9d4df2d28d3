import { jest } from '@jest/globals';
import { eventually } from '@vigil/testkit';
import { web } from './world/manifests.js';
import { Series } from './world/views.js';
import { World } from './world/world.js';

jest.setTimeout(120_000);

describe('a process service from a directory', () => {
  let world: World;

  beforeAll(async () => {
    world = await World.start({ manifests: { 'web.yaml': web() } });
    await world.expectRunning('web', 1);
  });
  afterAll(() => world.stop());

  it('comes back when its process is killed, and the whole chain is explained', async () => {
    const pid = await world.kill('web');
    await world.expectReplaced('web', pid);

    expect(await world.ask('web')).not.toBe(`live ${String(pid)}`);
    const repair = await world.action('web', ({ status }) => status === 'succeeded');
    expect(repair.action).toBe('start');
    const kinds = await world.chain(repair.correlationId, (found) => found.includes('outcome'));
    expect(kinds).toEqual(['drift', 'decision', 'action', 'outcome']);
  });

  it('is restarted when it hangs, after three failed attempts', async () => {
    const hungAt = Date.now();
    const pid = await world.kill('web', 0, 'SIGSTOP');
    await world.expectReplaced('web', pid);

    await world.action('web', (each) => each.action === 'restart' && each.status === 'succeeded');
    // the attempt that was under way at the fault began before it
    const since = String(hungAt - 500);
    await world.until(
      `/query?metric=health_check_failed&from=${since}&agg=sum&labels=resource:shop/Service/web`,
      Series,
      ({ series }) => series[0]?.points[0]?.[1] === 3,
    );
  });

  it('gets the replicas that the manifest asks for, without touching those that run', async () => {
    const { pid } = await world.replica('web');
    world.write('web.yaml', web({ replicas: 3 }));
    await world.expectRunning('web', 3);
    expect((await world.replica('web')).pid).toBe(pid);

    world.write('web.yaml', web({ replicas: 1 }));
    await world.expectRunning('web', 1);
    expect((await world.replica('web')).pid).toBe(pid);
  });

  it('is rolled to a changed spec', async () => {
    world.write('web.yaml', web({ mode: 'new' }));
    await eventually(async () => (await world.ask('web')).startsWith('new '));
    const update = await world.action('web', ({ action }) => action === 'update');
    expect(update.status).not.toBe('failed');
  });

  it('is not touched by an invalid manifest, which is rejected with place and reason', async () => {
    const { pid } = await world.replica('web');
    world.write('web.yaml', web({ mode: 'new', replicas: 'many' }));

    const source = await world.source(({ errors }) => errors.length > 0);
    expect(source.errors).toEqual([
      expect.objectContaining({ file: 'web.yaml', line: 6, path: '/spec/replicas' }),
    ]);
    expect(source.errors[0]?.message).toMatch(/"many".*expected/);
    const validated = await world.vigilctl('sync', '--json');
    expect(validated.exitCode).toBe(1);
    expect((await world.replica('web')).pid).toBe(pid);

    world.write('web.yaml', web({ mode: 'new' }));
    await world.source(({ errors }) => errors.length === 0);
  });

  it('is reported, not stopped, when its manifest disappears', async () => {
    const { pid } = await world.replica('web');
    world.write('other.yaml', web({ name: 'other', mode: 'other' }));
    await world.expectRunning('other', 1);
    world.remove('web.yaml');

    await eventually(async () =>
      (await world.drift()).some(
        ({ resource, type }) => resource === 'shop/Service/web' && type === 'orphaned',
      ),
    );
    expect(process.kill(pid, 0)).toBe(true);

    world.write('web.yaml', web({ mode: 'new' }));
    await world.expectRunning('web', 1);
    expect((await world.replica('web')).pid).toBe(pid);
  });

  it('is shown by vigilctl', async () => {
    const status = await world.vigilctl('status', '--check');
    expect(status).toMatchObject({ exitCode: 0, stderr: '' });
    expect(status.stdout).toMatch(/shop\/Service\/web +Synced +Healthy +1\/1/);
    expect(await world.vigilctl('drift')).toEqual({
      exitCode: 0,
      stdout: 'No drift.\n',
      stderr: '',
    });
    const explained = await world.vigilctl('explain', 'shop/web');
    expect(explained.stdout).toContain('as it should be');
  });
});
