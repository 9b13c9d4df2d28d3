import { identifyProcess } from '@vigil/embedded';
import { recordProcess, temporaryDirectory } from '@vigil/testkit';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { endSupervised } from './supervised-leftovers.js';

const sleepers: ChildProcess[] = [];

async function sleeperWritingTo(path: string, script = 'exec sleep 60'): Promise<number> {
  const output = openSync(path, 'a');
  const child = spawn('sh', ['-c', script], {
    stdio: ['ignore', output, 'ignore'],
    detached: true,
  });
  closeSync(output);
  sleepers.push(child);
  await once(child, 'spawn');
  const { pid } = child;
  if (pid === undefined) throw new Error('it has no pid');
  recordProcess(pid);
  return pid;
}

const lives = (pid: number): boolean => identifyProcess(pid) !== undefined;

describe('endSupervised', () => {
  afterEach(async () => {
    for (const child of sleepers.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
  });

  it('ends what writes into the home of the agent, and nobody else', async () => {
    const home = temporaryDirectory('agent');
    const supervised = await sleeperWritingTo(join(home, 'web-0.log'));
    const stranger = await sleeperWritingTo(join(temporaryDirectory('agent'), 'web-0.log'));
    expect(await endSupervised(home, 5_000)).toBe(1);
    expect([lives(supervised), lives(stranger)]).toEqual([false, true]);
  });

  it('kills what does not end by itself', async () => {
    const home = temporaryDirectory('agent');
    const stubborn = await sleeperWritingTo(
      join(home, 'x.log'),
      "trap '' TERM; while :; do sleep 1; done",
    );
    await endSupervised(home, 50);
    expect(lives(stubborn)).toBe(false);
  });

  it('has nothing to do where nothing is left', async () => {
    expect(await endSupervised(temporaryDirectory('agent'), 5_000)).toBe(0);
  });
});
