import { recordProcess, temporaryDirectory } from '@vigil/testkit';
import { build } from 'esbuild';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { processesOfHost } from '../runtime/process/processes-of-host.js';
import { HomeInUse, lockHome } from './home-lock.js';

const processes = processesOfHost();
const bundle = join(temporaryDirectory('lock'), 'racer.mjs');

beforeAll(() =>
  build({
    entryPoints: [resolve(import.meta.dirname, '../testing/lock-racer.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    tsconfig: resolve(import.meta.dirname, '../../../../tsconfig.base.json'),
  }),
);

/** How a process ends that takes the lock so many times and dies with it. */
async function race(home: string, rounds: number): Promise<number | string> {
  const child = spawn(process.execPath, [bundle, home, String(rounds)], { stdio: 'inherit' });
  if (child.pid !== undefined) recordProcess(child.pid);
  await once(child, 'exit');
  return child.exitCode ?? child.signalCode ?? 0;
}

describe('lockHome', () => {
  it('lets one in at a time, however many race for the lock of a dead one', async () => {
    const home = temporaryDirectory('home');
    expect(await race(home, 1)).toBe('SIGKILL');
    const ends = await Promise.all(Array.from({ length: 8 }, () => race(home, 40)));
    expect(ends).toEqual(Array.from({ length: 8 }, () => 'SIGKILL'));
  });

  it('says who has it, and is free again afterwards', async () => {
    const home = temporaryDirectory('home');
    const unlock = await lockHome(home, processes);
    await expect(lockHome(home, processes)).rejects.toThrow(
      new HomeInUse(home, process.pid).message,
    );
    await unlock();
    await (
      await lockHome(home, processes)
    )();
    expect(readdirSync(join(home, 'lock'))).toEqual([]);
  });

  it('takes a claim of an earlier process with the same pid for one of the dead', async () => {
    const home = temporaryDirectory('home');
    await mkdir(join(home, 'lock'));
    const own = processes.identify(process.pid);
    for (const file of [`${process.pid}+1+${own?.bootId ?? ''}`, `${process.pid}+1+earlier`]) {
      writeFileSync(join(home, 'lock', `${file}.claim`), '');
      writeFileSync(join(home, 'lock', `${file}.held`), '');
    }
    await (
      await lockHome(home, processes)
    )();
    expect(readdirSync(join(home, 'lock'))).toEqual([]);
  });
});
