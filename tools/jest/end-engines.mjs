// Ends what Docker engines of a run have left: they may have been killed, and containers outlive them.
// Plain JavaScript without dependencies, as all that jest loads before any transform exists.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const ROUNDS = 40;
const ROUND_MS = 50;

/** Stops daemons and containers of every engine that the run noted, and undoes mounts and bridges. */
export async function endEngines(runDirectory) {
  for (const note of notesIn(join(runDirectory, 'engines'))) {
    await endProcesses(note.directory);
    unmountAll(note.directory);
    removeInterfaces(note);
    removeCgroups(note.cgroup);
  }
}

function notesIn(directory) {
  return namesIn(directory).flatMap((name) => {
    try {
      return [JSON.parse(readFileSync(join(directory, name), 'utf8'))];
    } catch {
      return [];
    }
  });
}

async function endProcesses(directory) {
  for (let round = 0; round < ROUNDS; round += 1) {
    const pids = namesIn('/proc').filter((name) => /^\d+$/.test(name) && belongs(name, directory));
    if (pids.length === 0) return;
    for (const pid of pids) {
      try {
        process.kill(Number(pid), 'SIGKILL');
      } catch (error) {
        if (error.code !== 'ESRCH') throw error;
      }
    }
    await pause(ROUND_MS);
  }
}

/** A daemon or a shim names the directory on its command line; a container's root lies in it. */
function belongs(pid, directory) {
  if (Number(pid) === process.pid) return false;
  if (textOf(`/proc/${pid}/cmdline`).includes(`${directory}/`)) return true;
  const root = textOf(`/proc/${pid}/mountinfo`)
    .split('\n')
    .find((line) => line.split(' ')[4] === '/');
  return root !== undefined && root.includes(`${directory}/`);
}

function unmountAll(directory) {
  const points = textOf('/proc/self/mountinfo')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((point) => point.startsWith(`${directory}/`));
  // a later mount may lie on an earlier one
  for (const point of points.reverse()) attempt('umount', ['-l', point]);
}

function removeInterfaces({ busybox, bridge, addressPool }) {
  const prefix = addressPool.match(/base=(\d+\.\d+)\.(\d+)\./);
  const inPool = ([, first, third]) =>
    first === prefix?.[1] && Math.floor(Number(third) / 16) === Math.floor(Number(prefix[2]) / 16);
  const addresses = attempt(busybox, ['ip', '-o', '-4', 'addr']).split('\n');
  const networks = addresses.flatMap((line) => {
    const address = line.match(/inet (\d+\.\d+)\.(\d+)\./);
    const name = line.match(/^\d+: (\S+)/)?.[1];
    return address !== null && name !== undefined && inPool(address) ? [name] : [];
  });
  for (const name of new Set([bridge, ...networks])) attempt(busybox, ['ip', 'link', 'del', name]);
}

/** Below each hierarchy of version 1, or the only one of version 2, beside the engine's own group. */
function removeCgroups(name) {
  for (const line of textOf('/proc/self/cgroup').split('\n')) {
    const [, controllers, own] = line.split(':');
    if (own === undefined) continue;
    const hierarchies = controllers === '' ? ['', 'unified'] : [controllers.replace(/^name=/, '')];
    for (const hierarchy of hierarchies) {
      for (const parent of new Set(['/', own])) {
        removeTree(join('/sys/fs/cgroup', hierarchy, parent, name));
      }
    }
  }
}

/** Only directories can be removed there, and only empty groups. */
function removeTree(directory) {
  try {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (entry.isDirectory()) removeTree(join(directory, entry.name));
    }
    rmdirSync(directory);
  } catch {
    // is not there, or somebody else uses it
  }
}

function attempt(command, args) {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
}

function namesIn(directory) {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function textOf(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
