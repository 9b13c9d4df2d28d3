import { identifyProcess } from '@vigil/embedded';
import { temporaryDirectory } from '@vigil/testkit';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AlreadyRunning, LauncherLock } from './launcher-lock.js';

const newPath = (): string => join(temporaryDirectory('lock'), 'launcher.json');

describe('LauncherLock', () => {
  it('is free again after its release', async () => {
    const path = newPath();
    (await LauncherLock.acquire(path)).release();
    expect(existsSync(path)).toBe(false);
  });

  it.each([
    [
      'of a process that is gone',
      JSON.stringify({ pid: 2 ** 22, startTime: '1', state: 'running' }),
    ],
    [
      'of an earlier process with our pid',
      JSON.stringify({ pid: process.pid, startTime: '1', state: 'running' }),
    ],
    ['that was half written', '{"pid":'],
  ])('takes over one %s', async (_which, content) => {
    const path = newPath();
    writeFileSync(path, content);
    const lock = await LauncherLock.acquire(path);
    lock.release();
    expect(existsSync(path)).toBe(false);
  });

  describe('held by another process', () => {
    const other = spawn('sleep', ['60']);
    afterAll(() => other.kill());

    async function heldBy(state: string): Promise<string> {
      const path = newPath();
      if (other.pid === undefined) await once(other, 'spawn');
      writeFileSync(path, JSON.stringify({ ...identifyProcess(other.pid ?? 0), state }));
      return path;
    }

    it('is refused while that one runs', async () => {
      const path = await heldBy('running');
      await expect(LauncherLock.acquire(path)).rejects.toThrow(AlreadyRunning);
      expect(existsSync(path)).toBe(true);
    });

    it('is awaited while that one is ending', async () => {
      const path = await heldBy('stopping');
      const waiting = LauncherLock.acquire(path);
      other.kill();
      await once(other, 'exit');
      (await waiting).release();
      expect(existsSync(path)).toBe(false);
    });
  });
});
