import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { identifyProcess, isRunning } from './process-identity.js';

async function sleeper(): Promise<{ pid: number; end: () => Promise<unknown> }> {
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  const { pid } = child;
  if (pid === undefined) throw new Error('sleep has no pid');
  return {
    pid,
    end: () => {
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      return exit;
    },
  };
}

describe('the identity of a process', () => {
  it('is that of a living process, until its end', async () => {
    const { pid, end } = await sleeper();
    const identity = identifyProcess(pid);
    expect(identity).toMatchObject({ pid });
    expect(identity !== undefined && isRunning(identity)).toBe(true);
    await end();
    expect(identifyProcess(pid)).toBeUndefined();
    expect(identity !== undefined && isRunning(identity)).toBe(false);
  });

  it('is not that of another process with the same pid', () => {
    const own = identifyProcess(process.pid);
    expect(isRunning({ pid: process.pid, startTime: `${own?.startTime ?? ''}0` })).toBe(false);
  });
});
