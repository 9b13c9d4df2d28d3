import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { LogDigest } from './log-digest.js';
import type { LogFile } from './log-file.js';
import type { ProcessRecords } from './process-records.js';
import { RestartDelay } from './restart-delay.js';

/** What to run, and how to tell that it works and how to end it. */
export interface ProcessSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly ids?: { readonly uid: number; readonly gid: number };
  /** Ours have a channel to the launcher; they go on when it closes. */
  readonly channel: boolean;
  /** Done before each start. */
  readonly prepare?: () => Promise<void>;
  readonly isReady: () => Promise<boolean>;
  /** What it is still waiting for, in its own words; undefined when it does not say. */
  readonly waitsFor?: () => Promise<string | undefined>;
  readonly stopSignal: 'SIGTERM' | 'SIGINT';
  /** How long an orderly stop may take before it is killed, milliseconds. */
  readonly stopPatienceMs: number;
  /** Sent over the channel before the stop signal when everything ends, not on a mere restart. */
  readonly farewell?: Readonly<Record<string, unknown>>;
  /** Done after the last end of the process, however it ended; `graceMs` is 0 when there is no time. */
  readonly afterEnd?: (graceMs: number) => Promise<void>;
}

export interface Supervision {
  readonly log: LogFile;
  readonly records: ProcessRecords;
  /** Tells people; the text follows the name of the process. */
  readonly say: (name: string, text: string) => void;
}

/** How long a process may take to become ready at the first start, milliseconds. */
const READY_PATIENCE_MS = 60_000;
const READY_POLL_MS = 25;
const FORCED_PATIENCE_MS = 1_000;
/** For what a process has left behind: the grace period of a service that says nothing else. */
const GRACE_MS = 10_000;

/** With this exit code a service says that its configuration is wrong, on its last lines. */
const MISCONFIGURED = 2;

/** A process did not come up; `output` is the end of its log. */
export class FailedToStart extends Error {
  constructor(
    readonly processName: string,
    reason: string,
    readonly output: readonly string[],
    /** True when the process itself said that its configuration is wrong. */
    readonly isMisconfigured = false,
  ) {
    super(`${processName} ${reason}`);
    this.name = 'FailedToStart';
  }
}

/** A child that is started again when it ends, until it is told to stop. */
export class SupervisedProcess {
  private child: ChildProcess | undefined;
  private startedAt = 0;
  private stopping = false;
  private restartTimer: NodeJS.Timeout | undefined;
  private readonly delay = new RestartDelay();
  private readonly digest = new LogDigest();

  constructor(
    private readonly spec: ProcessSpec,
    private readonly supervision: Supervision,
  ) {}

  get name(): string {
    return this.spec.name;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /**
   * Starts it and waits until it is ready; from then on it is supervised.
   * @throws FailedToStart when it ends before that, or is not ready in time
   */
  async start(): Promise<void> {
    await this.spec.prepare?.();
    if (this.stopping) throw new FailedToStart(this.name, 'is not wanted any more', []);
    const child = this.spawn();
    const state = await this.untilReady(child, READY_PATIENCE_MS);
    if (state === 'ready') {
      child.once('exit', () => {
        this.onEnd(child);
      });
      if (child.exitCode !== null || child.signalCode !== null) this.onEnd(child);
      return;
    }
    const reason = state === 'ended' ? describeEnd(child) : await this.describeWait();
    const isMisconfigured = this.spec.channel && child.exitCode === MISCONFIGURED;
    await this.end(child, 'SIGKILL', FORCED_PATIENCE_MS);
    const output = this.supervision.log.lastLines(20);
    throw new FailedToStart(this.name, reason, output, isMisconfigured);
  }

  /** Ends it in an orderly way and starts it at once: for a new build. */
  async restart(): Promise<void> {
    clearTimeout(this.restartTimer);
    const child = this.child;
    if (child !== undefined) {
      this.child = undefined;
      await this.end(child, this.spec.stopSignal, this.spec.stopPatienceMs);
    }
    if (!this.stopping) await this.startAgain();
  }

  /** Ends it for good: in an orderly way, by force when that takes too long. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.restartTimer);
    const child = this.child;
    if (child !== undefined) {
      if (this.spec.farewell !== undefined && child.connected) child.send(this.spec.farewell);
      await this.end(child, this.spec.stopSignal, this.spec.stopPatienceMs);
    }
    await this.spec.afterEnd?.(GRACE_MS);
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.restartTimer);
    if (this.child !== undefined) await this.end(this.child, 'SIGKILL', FORCED_PATIENCE_MS);
    await this.spec.afterEnd?.(0);
  }

  /** Shows the errors that were logged since the last call. */
  reportErrors(): void {
    const lines = this.supervision.log.newLines();
    if (this.stopping) return;
    for (const error of this.digest.digest(lines, performance.now())) {
      this.supervision.say(this.name, `reports: ${error}`);
    }
  }

  private spawn(): ChildProcess {
    const output = this.supervision.log.openForAppend();
    const child = spawn(this.spec.command, this.spec.args, {
      cwd: '/',
      env: this.spec.env,
      // a group of its own: Ctrl-C in the terminal reaches the launcher alone, which keeps the order
      detached: true,
      stdio: ['ignore', output, output, ...(this.spec.channel ? (['ipc'] as const) : [])],
      ...this.spec.ids,
    });
    closeSync(output);
    // a command that cannot be run reports so here and never gets a pid
    child.on('error', () => undefined);
    this.child = child;
    this.startedAt = performance.now();
    if (child.pid !== undefined) this.supervision.records.add(this.name, child.pid);
    return child;
  }

  private async untilReady(
    child: ChildProcess,
    patienceMs: number,
  ): Promise<'ready' | 'ended' | 'late'> {
    const deadline = performance.now() + patienceMs;
    while (performance.now() < deadline) {
      if (hasEnded(child)) return 'ended';
      if (await this.spec.isReady()) return hasEnded(child) ? 'ended' : 'ready';
      await pause(READY_POLL_MS);
    }
    return 'late';
  }

  private async describeWait(): Promise<string> {
    const waitsFor = await this.spec.waitsFor?.();
    return `is not ready after a minute${waitsFor === undefined ? '' : ` (${waitsFor})`}`;
  }

  private onEnd(child: ChildProcess): void {
    if (!this.isWanted(child)) return;
    this.child = undefined;
    this.supervision.records.remove(this.name);
    const delayMs = this.delay.next(performance.now() - this.startedAt);
    const seconds = delayMs / 1000;
    this.supervision.say(this.name, `${describeEnd(child)}; starting it again in ${seconds} s`);
    this.restartTimer = setTimeout(() => {
      void this.startAgain();
    }, delayMs);
  }

  private async startAgain(): Promise<void> {
    const since = performance.now();
    try {
      await this.spec.prepare?.();
    } catch (error) {
      this.supervision.say(this.name, `cannot be started: ${String(error)}`);
    }
    if (this.stopping) return;
    const child = this.spawn();
    child.once('exit', () => {
      this.onEnd(child);
    });
    if (child.pid === undefined) {
      this.onEnd(child);
      return;
    }
    const state = await this.untilReady(child, READY_PATIENCE_MS);
    if (!this.isWanted(child)) return;
    const seconds = ((performance.now() - since) / 1000).toFixed(1);
    if (state === 'ready') this.supervision.say(this.name, `is back after ${seconds} s`);
    if (state === 'late') this.supervision.say(this.name, 'was started but is not ready yet');
  }

  /** False for one that was told to stop, or that another one has replaced. */
  private isWanted(child: ChildProcess): boolean {
    return !this.stopping && this.child === child;
  }

  private async end(
    child: ChildProcess,
    signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL',
    patienceMs: number,
  ): Promise<void> {
    if (!hasEnded(child)) {
      const exit = once(child, 'exit');
      child.kill(signal);
      const outcome = await Promise.race([exit, pause(patienceMs, 'late', { ref: false })]);
      if (outcome === 'late') {
        killGroup(child);
        await Promise.race([exit, pause(FORCED_PATIENCE_MS, undefined, { ref: false })]);
      }
    }
    if (hasEnded(child)) this.supervision.records.remove(this.name);
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

function describeEnd(child: ChildProcess): string {
  if (child.pid === undefined) return 'could not be started';
  if (child.signalCode !== null) return `was ended by ${child.signalCode}`;
  return `ended with exit code ${String(child.exitCode)}`;
}

/** The process and what it has started itself, git for example. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // it ended in between
  }
}
