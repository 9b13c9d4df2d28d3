import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** So long may a launcher go on whose npm was killed, before it notices: as in tools/launcher. */
const ORPHAN_PATIENCE_MS = 1_500;
const POLL_MS = 100;

/**
 * The pid of the launcher that runs on this VIGIL_HOME, and goes on running; undefined without one.
 * The launcher itself looks again, and has the last word: this only saves a build, and keeps it from
 * replacing what runs.
 */
export async function runningLauncher(workspace, env = process.env, directory = process.cwd()) {
  const home = env.VIGIL_HOME ? resolve(directory, env.VIGIL_HOME) : join(workspace, '.vigil');
  const deadline = performance.now() + ORPHAN_PATIENCE_MS;
  for (;;) {
    const holder = readLock(join(home, 'run/launcher.json'));
    // one that is ending is waited for by the launcher
    if (holder?.state !== 'running' || startTimeOf(holder.pid) !== holder.startTime)
      return undefined;
    if (performance.now() >= deadline) return holder.pid;
    await pause(POLL_MS);
  }
}

function readLock(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** As `identifyProcess` of tools/embedded has it: a pid alone may be somebody else's by now. */
function startTimeOf(pid) {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[0] === 'Z' ? null : fields[19];
    }
    const columns = ['-o', 'stat=,lstart=', '-p', String(pid)];
    const line = execFileSync('ps', columns, { encoding: 'utf8' }).trim();
    return line === '' || line.startsWith('Z') ? null : line.replace(/^\S+\s+/, '');
  } catch {
    return null;
  }
}
