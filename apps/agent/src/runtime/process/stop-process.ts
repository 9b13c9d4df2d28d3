import { setTimeout as pause } from 'node:timers/promises';
import type { HostProcesses } from './host-processes.js';
import type { ProcessEnd, RunningProcess } from './running-process.js';
import { groupExists, killGroupOf, signalGroup } from './signal-group.js';

/** SIGKILL works at once, except on a process in an uninterruptible system call. */
const KILL_TIMEOUT_MS = 10_000;
const LOOK_EVERY_MS = 5;
const GROUP_LOOK_EVERY_MS = 20;

/**
 * Ends a process with its whole group: SIGTERM, and SIGKILL to what is left after `graceMs`. A
 * process in state T would not act on SIGTERM: it gets SIGKILL at once. Undefined when it could not
 * be ended at all.
 */
export async function stopProcess(
  running: RunningProcess,
  graceMs: number,
  processes: HostProcesses,
): Promise<ProcessEnd | undefined> {
  const group = running.identity.pid;
  const deadline = performance.now() + graceMs;
  const state = processes.stateOf(running.identity);
  // its pid may be another process' by now: only what is surely ours is signalled
  if (state === 'gone' && !isUnreaped(running, processes)) {
    return endWithin(running, KILL_TIMEOUT_MS);
  }
  if (state === 'running' && graceMs > 0) {
    signalGroup(group, 'SIGTERM');
    const end = await endWithin(running, graceMs);
    if (end !== undefined) {
      // workers of a leader that has gone may still be finishing what they do
      await groupEmptyBy(deadline, group, processes);
      killGroupOf(running.identity, processes);
      return end;
    }
  }
  signalGroup(group, 'SIGKILL');
  return endWithin(running, KILL_TIMEOUT_MS);
}

/** Dead, but its parent was not told yet: nobody else can have the pid. */
function isUnreaped({ identity }: RunningProcess, processes: HostProcesses): boolean {
  return processes.identify(identity.pid)?.startTime === identity.startTime;
}

async function endWithin(running: RunningProcess, ms: number): Promise<ProcessEnd | undefined> {
  const looking = setInterval(() => running.look(), LOOK_EVERY_MS);
  const tooLate = new AbortController();
  try {
    return await Promise.race([
      running.ended,
      pause(ms, undefined, { signal: tooLate.signal }).catch(() => undefined),
    ]);
  } finally {
    clearInterval(looking);
    tooLate.abort();
  }
}

async function groupEmptyBy(
  deadline: number,
  group: number,
  processes: HostProcesses,
): Promise<void> {
  // a zombie keeps its group existing, so what exists is looked at more closely
  while (groupExists(group) && performance.now() < deadline) {
    if (!processes.isGroupAlive(group)) return;
    await pause(GROUP_LOOK_EVERY_MS);
  }
}
