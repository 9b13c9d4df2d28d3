import type { ProcessIdentity } from '../../state/agent-document.js';
import type { HostProcesses } from './host-processes.js';

/** One look costs some 10 µs: with many processes the interval grows, so that it stays below 1 % CPU. */
const MS_PER_PROCESS = 1;

/**
 * Sees the end of processes that are not our children: those that outlived an earlier agent. Node
 * has no pidfd, so `/proc` is looked at every 50 ms, only while there is such a process.
 */
export class AdoptedProcesses {
  private readonly watched = new Map<ProcessIdentity, () => void>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly processes: HostProcesses) {}

  /** Resolves when the process has ended. */
  ended(identity: ProcessIdentity): Promise<void> {
    return new Promise((resolve) => {
      this.watched.set(identity, resolve);
      this.schedule();
    });
  }

  /** Looks now, for somebody who waits. */
  look(): void {
    for (const [identity, resolve] of this.watched) {
      if (this.processes.stateOf(identity) !== 'gone') continue;
      this.watched.delete(identity);
      resolve();
    }
  }

  /** Nobody waits any more. */
  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.watched.clear();
  }

  private schedule(): void {
    if (this.timer !== undefined || this.watched.size === 0) return;
    const interval = Math.max(this.processes.pollIntervalMs, this.watched.size * MS_PER_PROCESS);
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.look();
      this.schedule();
    }, interval);
  }
}
