import { identifyProcess, isRunning, type ProcessIdentity } from '@vigil/embedded';
import { existsSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { join, sep } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const POLL_MS = 20;
const FORCED_PATIENCE_MS = 2_000;

/**
 * Ends the processes that the agent supervised and could not end itself, because it was killed or had
 * just died. They are known by their output, which goes to files in the agent's home. Elsewhere than on
 * Linux a process does not tell where its output goes, and nothing is found.
 * @param graceMs how long they may take to end by themselves before they are killed
 * @returns how many there were
 */
export async function endSupervised(agentHome: string, graceMs: number): Promise<number> {
  if (!existsSync(agentHome)) return 0;
  const left = writersBelow(realpathSync(agentHome));
  if (graceMs > 0) await end(left, 'SIGTERM', graceMs);
  await end(left.filter(isRunning), 'SIGKILL', FORCED_PATIENCE_MS);
  return left.length;
}

async function end(
  processes: readonly ProcessIdentity[],
  signal: NodeJS.Signals,
  patienceMs: number,
): Promise<void> {
  for (const { pid } of processes) {
    try {
      process.kill(pid, signal);
    } catch {
      // it ended in between
    }
  }
  const deadline = performance.now() + patienceMs;
  while (processes.some(isRunning) && performance.now() < deadline) await pause(POLL_MS);
}

function writersBelow(directory: string): ProcessIdentity[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) =>
      [1, 2].some((descriptor) => outputOf(pid, descriptor).startsWith(directory + sep)),
    )
    .flatMap((pid) => identifyProcess(Number(pid)) ?? []);
}

function outputOf(pid: string, descriptor: number): string {
  try {
    return readlinkSync(join('/proc', pid, 'fd', String(descriptor)));
  } catch {
    // it ended in between, or belongs to somebody else
    return '';
  }
}
