import { execFileSync } from 'node:child_process';
import { identifyProcess } from '@vigil/embedded';
import { eventually } from '@vigil/testkit';

/** Pids of everything on this machine whose command line contains the text; zombies have none. */
export function processesWith(text: string): number[] {
  return matching(text, ['-A', '-ww', '-o', 'pid=,args=']);
}

function matching(text: string, columns: readonly string[]): number[] {
  return execFileSync('ps', columns, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
    .split('\n')
    .filter((line) => line.includes(text))
    .map((line) => Number.parseInt(line, 10));
}

/** The same, of what has the text on its command line or in its environment. */
export function processesThatKnow(text: string): number[] {
  return matching(text, ['-A', 'eww', '-o', 'pid=,args=']);
}

/** Command line and environment of a process of ours, as the system shows them. */
export function environmentOf(pid: number): string {
  return execFileSync('ps', ['eww', '-o', 'args=', '-p', String(pid)], { encoding: 'utf8' });
}

/** Looks again and again how many such processes there are: one too many may live only for a moment. */
export class ProcessCensus {
  private most = 0;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly text: string) {
    this.timer = setInterval(() => (this.most = Math.max(this.most, this.count())), 100);
  }

  /** The most that were seen at one time. */
  stop(): number {
    clearInterval(this.timer);
    return Math.max(this.most, this.count());
  }

  private count(): number {
    return processesWith(this.text).length;
  }
}

/** Waits until a process is gone; it may belong to anybody. */
export async function expectGone(pid: number): Promise<void> {
  await eventually(() => !isAlive(pid));
}

/** False for a zombie too: whoever should reap an orphan may take its time. */
export function isAlive(pid: number): boolean {
  return identifyProcess(pid) !== undefined;
}
