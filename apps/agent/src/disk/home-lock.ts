import { open, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostProcesses } from '../process-runtime/host-processes.js';
import { ProcessIdentity } from '../state/agent-document.js';
import { errorCode, ignoreMissing } from './durable-file.js';

/** Another agent works in this home: two would supervise the same processes. */
export class HomeInUse extends Error {
  constructor(home: string, pid: number) {
    super(`another agent (pid ${pid}) works in ${home}`);
    this.name = 'HomeInUse';
  }
}

const LOCK_FILE = 'agent.lock';

/**
 * Makes this process the only agent of the home; a lock whose holder is dead is taken over.
 * @throws HomeInUse
 */
export async function lockHome(
  home: string,
  processes: HostProcesses,
): Promise<() => Promise<void>> {
  const path = join(home, LOCK_FILE);
  for (;;) {
    const holder = await tryLock(path, processes);
    if (holder === 'ours') return () => unlink(path).catch(ignoreMissing);
    if (holder !== undefined && processes.stateOf(holder) !== 'gone') {
      throw new HomeInUse(home, holder.pid);
    }
    await unlink(path).catch(ignoreMissing);
  }
}

async function tryLock(
  path: string,
  processes: HostProcesses,
): Promise<'ours' | ProcessIdentity | undefined> {
  try {
    const file = await open(path, 'wx', 0o600);
    await file.writeFile(JSON.stringify(processes.identify(process.pid)));
    await file.close();
    return 'ours';
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    return readHolder(path);
  }
}

async function readHolder(path: string): Promise<ProcessIdentity | undefined> {
  try {
    return ProcessIdentity.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    // released meanwhile, or cut off while it was written: its writer is dead
    return undefined;
  }
}
