import { closeSync, openSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { HomeInUse, lockHome } from '../disk/home-lock.js';
import { processesOfHost } from '../runtime/process/processes-of-host.js';

/*
 * A process that takes and leaves the lock of a home again and again, as many times as it is told,
 * and dies with it in the end. It exits with 3 when it ever was not alone.
 */
const [home = '', rounds = '0'] = process.argv.slice(2);
const processes = processesOfHost();
const alone = join(home, 'alone');

for (let round = 1; round <= Number(rounds);) {
  const unlock = await lockHome(home, processes).catch((error: unknown) => {
    if (error instanceof HomeInUse) return undefined;
    throw error;
  });
  if (unlock === undefined) continue;
  try {
    closeSync(openSync(alone, 'wx'));
  } catch {
    process.exit(3);
  }
  // let the others look
  await new Promise((resolve) => setImmediate(resolve));
  unlinkSync(alone);
  if (round === Number(rounds)) process.kill(process.pid, 'SIGKILL');
  await unlock();
  round += 1;
}
