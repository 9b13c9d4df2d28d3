import { eventually, freePort } from '@vigil/testkit';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { RemediatorWorld } from '../testing/remediator-world.js';
import { Scenario } from '../testing/scenario.js';

/** The built service as a process, killed as hard as a process can be killed. */

const workspace = join(dirname(fileURLToPath(import.meta.url)), '../../../..');

describe('kill -9 of the remediator', () => {
  let world: RemediatorWorld;
  let running: ChildProcess | undefined;

  beforeAll(async () => {
    const build = promisify(execFile)(process.execPath, ['tools/build/build.mjs', 'remediator'], {
      cwd: workspace,
    });
    [world] = await Promise.all([RemediatorWorld.start(), build]);
  }, 60_000);
  afterAll(async () => {
    await kill();
    await world.stop();
  });

  /** Always the same port, as under a supervisor: the next one knows that the last one is dead. */
  async function start(port: number): Promise<void> {
    const child = spawn(process.execPath, ['dist/apps/remediator/main.js'], {
      cwd: workspace,
      env: { PATH: process.env['PATH'] ?? '', ...world.environment('auto', port) },
      stdio: 'ignore',
    });
    running = child;
    await eventually(async () => (await fetch(`http://127.0.0.1:${port}/health/ready`)).ok);
  }

  async function kill(): Promise<void> {
    if (running?.exitCode !== null) return;
    const gone = once(running, 'exit');
    running.kill('SIGKILL');
    await gone;
    running = undefined;
  }

  it('at whatever it does next: every action ends, and nothing is done twice', async () => {
    const port = await freePort();
    // an update with all that an action can do: it begins well and has to be taken back
    const webs = [3, 7, 9, 12].map((entry) => ({
      entry,
      web: new Scenario(world, (_service, launch) => (launch === 2 ? 'exits' : 'healthy')),
    }));
    await start(port);
    // its very first start, in which it marks the overrides as known
    await eventually(async () => {
      const health = await fetch(`http://127.0.0.1:${port}/health`).then((answer) => answer.text());
      return health.includes('"overrides":{"status":"ok"');
    });
    for (const { entry, web } of webs) {
      const wanted = await web.oldReplicas(2);
      await world.request(wanted);
      await eventually(() => world.logOf(wanted.actionId).length > entry, { everyMs: 1 });
      await kill();
      await start(port);
      await world.reaches(wanted.actionId, 'rolled_back');
      expect({ entry, done: web.done }).toEqual({
        entry,
        done: ['restart 0', 'restart 1', 'restart 1', 'restart 0'],
      });
    }
  }, 60_000);
});
