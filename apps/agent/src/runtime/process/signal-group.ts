import { errorCode } from '../../disk/durable-file.js';
import type { ProcessIdentity } from '../../state/agent-document.js';
import type { HostProcesses } from './host-processes.js';
import { isPidOfAnother } from './whose-process.js';

/**
 * Sends a signal to every process of the group. False when there is none left, or it belongs to
 * another user.
 */
export function signalGroup(processGroup: number, signal: NodeJS.Signals): boolean {
  return attempt(() => process.kill(-processGroup, signal));
}

/**
 * Ends what is left of the group that a process led, unless that number is another process' by now.
 */
export function killGroupOf(
  leader: ProcessIdentity,
  processes: Pick<HostProcesses, 'identify'>,
): void {
  if (!isPidOfAnother(leader, processes)) signalGroup(leader.pid, 'SIGKILL');
}

/** True when the group has a member, be it a zombie. */
export function groupExists(processGroup: number): boolean {
  return attempt(() => process.kill(-processGroup, 0));
}

function attempt(kill: () => void): boolean {
  try {
    kill();
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ESRCH' || code === 'EPERM') return false;
    throw error;
  }
}
