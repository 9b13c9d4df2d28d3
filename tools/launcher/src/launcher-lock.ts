import { identifyProcess, isRunning } from '@vigil/embedded';
import { existsSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';

const Holder = z.object({
  pid: z.number().int(),
  startTime: z.string(),
  state: z.enum(['running', 'stopping']),
});
export type Holder = z.infer<typeof Holder>;

/** How long an ending launcher may take, and how soon one whose npm was killed notices, milliseconds. */
const STOPPING_PATIENCE_MS = 60_000;
const ORPHAN_PATIENCE_MS = 1_500;
const POLL_MS = 100;

/** Another launcher works on this VIGIL_HOME. */
export class AlreadyRunning extends Error {
  constructor(readonly holder: Holder) {
    super(`another launcher (pid ${holder.pid}) is running`);
    this.name = 'AlreadyRunning';
  }
}

/** At most one launcher per VIGIL_HOME: a file that names the process that holds it. */
export class LauncherLock {
  private constructor(private readonly path: string) {}

  /**
   * Waits for a launcher that is ending; takes over from one that is gone.
   * @throws AlreadyRunning when another one goes on running
   */
  static async acquire(path: string): Promise<LauncherLock> {
    const startedAt = performance.now();
    for (;;) {
      const lock = new LauncherLock(path);
      if (lock.create()) return lock;
      const holder = lock.read();
      if (holder === undefined || !isRunning(holder)) {
        lock.clear();
        continue;
      }
      const patience = holder.state === 'stopping' ? STOPPING_PATIENCE_MS : ORPHAN_PATIENCE_MS;
      if (performance.now() - startedAt > patience) throw new AlreadyRunning(holder);
      await pause(POLL_MS);
    }
  }

  /** Lets the next launcher wait instead of giving up. */
  markStopping(): void {
    writeFileSync(this.path, this.content('stopping'), { mode: 0o600 });
  }

  release(): void {
    if (this.read()?.pid === process.pid) rmSync(this.path, { force: true });
  }

  /** Linking a complete file is atomic, and fails when there is one: nobody reads a torn lock. */
  private create(): boolean {
    const complete = `${this.path}.${process.pid}`;
    writeFileSync(complete, this.content('running'), { mode: 0o600 });
    try {
      linkSync(complete, this.path);
      return true;
    } catch (error) {
      if (existsSync(this.path)) return false;
      throw error;
    } finally {
      rmSync(complete);
    }
  }

  /**
   * Takes the lock of a launcher that is gone out of the way. Another launcher may have done so since
   * we looked, and hold it now: then that lock is put back.
   */
  private clear(): void {
    const aside = `${this.path}.${process.pid}.old`;
    try {
      renameSync(this.path, aside);
    } catch {
      return;
    }
    const holder = new LauncherLock(aside).read();
    if (holder !== undefined && isRunning(holder)) linkSync(aside, this.path);
    rmSync(aside);
  }

  private content(state: Holder['state']): string {
    return JSON.stringify({ ...identifyProcess(process.pid), state });
  }

  private read(): Holder | undefined {
    try {
      return Holder.parse(JSON.parse(readFileSync(this.path, 'utf8')));
    } catch {
      return undefined;
    }
  }
}
