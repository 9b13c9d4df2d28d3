import type { ChildProcess } from 'node:child_process';
import type { ProcessIdentity } from '../../state/agent-document.js';
import type { AdoptedProcesses } from './adopted-processes.js';

/** How a process ended; neither code nor signal is known of one that was not our child. */
export interface ProcessEnd {
  readonly at: number;
  readonly exitCode?: number;
  readonly signal?: string;
}

/** A supervised process that is the leader of a process group of its own. */
export interface RunningProcess {
  readonly identity: ProcessIdentity;
  /** Resolves when it has ended; never rejects. */
  readonly ended: Promise<ProcessEnd>;
  /** Looks whether it has ended, where no event would tell. */
  look(): void;
}

/** A process that we spawned: its end is an event. */
export function ofChild(
  child: ChildProcess,
  identity: ProcessIdentity,
  now: () => number,
): RunningProcess {
  const ended = new Promise<ProcessEnd>((resolve) => {
    child.once('exit', (exitCode, signal) =>
      resolve({
        at: now(),
        ...(exitCode === null ? {} : { exitCode }),
        ...(signal === null ? {} : { signal }),
      }),
    );
  });
  return { identity, ended, look() {} };
}

/** A process that an earlier agent spawned. */
export function ofAdopted(
  identity: ProcessIdentity,
  adopted: AdoptedProcesses,
  now: () => number,
): RunningProcess {
  const ended = adopted.ended(identity).then(() => ({ at: now() }));
  return { identity, ended, look: () => adopted.look() };
}
