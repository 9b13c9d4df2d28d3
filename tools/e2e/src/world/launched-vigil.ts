import { eventually, recordProcess } from '@vigil/testkit';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { expectGone, isAlive } from './machine-processes.js';

const WORKSPACE = resolve(dirname(fileURLToPath(import.meta.url)), '../../../..');
const LAUNCHER = join(WORKSPACE, 'dist/tools/launcher/main.js');
/** What `npm start` runs: it installs and builds what is missing, then it is the launcher. */
export const NPM_START = join(WORKSPACE, 'tools/bootstrap/start.mjs');

/** Everything is built and installed; a loaded machine may still need a while. */
const START_PATIENCE_MS = 90_000;

const RecordedProcess = z.object({ name: z.string(), pid: z.number().int() });

/** One run of the launcher, the main part of `npm start`, on a VIGIL_HOME of its own. */
export class LaunchedVigil {
  private output = '';

  private constructor(
    private readonly launcher: ChildProcess,
    private readonly home: string,
  ) {}

  /** Starts the launcher, or what `npm start` runs before it; it is not ready yet. */
  static start(
    home: string,
    env: Readonly<Record<string, string>>,
    program = LAUNCHER,
  ): LaunchedVigil {
    const launcher = spawn(process.execPath, [program], {
      cwd: WORKSPACE,
      env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const vigil = new LaunchedVigil(launcher, home);
    if (launcher.pid !== undefined) recordProcess(launcher.pid);
    for (const stream of [launcher.stdout, launcher.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        vigil.output += text;
      });
    }
    return vigil;
  }

  /** Everything that it has printed so far. */
  get printed(): string {
    return this.output;
  }

  /** @throws Error with the output when the launcher ends, or is not ready in time */
  async ready(): Promise<void> {
    await this.says(/Vigil is ready/);
    for (const { pid } of this.processes()) recordProcess(pid);
  }

  /** Waits until the launcher has printed something that matches. */
  async says(pattern: RegExp): Promise<void> {
    const hasEnded = (): boolean =>
      this.launcher.exitCode !== null || this.launcher.signalCode !== null;
    await eventually(() => pattern.test(this.output) || hasEnded(), {
      withinMs: START_PATIENCE_MS,
    });
    if (!pattern.test(this.output)) {
      throw new Error(`the launcher ended before it said ${String(pattern)}:\n${this.output}`);
    }
  }

  /** Pid of a running part: a service, `agent`, `postgres` or `nats-server`. */
  pidOf(name: string): number {
    const found = this.processes().find((each) => each.name === name);
    if (found === undefined) throw new Error(`${name} is not running`);
    return found.pid;
  }

  /** Ends a part, with `kill -9` by default; `isBack` resolves when the launcher has brought it back. */
  killPart(
    name: string,
    signal: NodeJS.Signals = 'SIGKILL',
  ): { pid: number; isBack: () => Promise<void> } {
    const returns = (): number => this.output.split(`${name} is back after`).length;
    const before = returns();
    const pid = this.pidOf(name);
    process.kill(pid, signal);
    return {
      pid,
      isBack: async () => {
        await eventually(() => returns() > before, { withinMs: START_PATIENCE_MS });
        recordProcess(this.pidOf(name));
      },
    };
  }

  /** Ends the launcher and every part at once, as a loss of power does; what they manage goes on. */
  async losePower(): Promise<void> {
    const parts = this.processes();
    await this.stop('SIGKILL');
    for (const { pid } of parts) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    await Promise.all(parts.map(({ pid }) => expectGone(pid)));
  }

  /** Waits until it has ended by itself; resolves with the exit code. */
  async ended(): Promise<number | null> {
    if (this.launcher.exitCode === null && this.launcher.signalCode === null) {
      await once(this.launcher, 'exit');
    }
    return this.launcher.exitCode;
  }

  /** As Ctrl-C does; resolves with the exit code when everything has stopped. */
  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> {
    if (this.launcher.exitCode !== null || this.launcher.signalCode !== null) {
      return this.launcher.exitCode;
    }
    const exited = once(this.launcher, 'exit');
    this.launcher.kill(signal);
    await exited;
    return this.launcher.exitCode;
  }

  processes(): { name: string; pid: number }[] {
    const run = join(this.home, 'run');
    if (!existsSync(run)) return [];
    return readdirSync(run)
      .filter((file) => file.endsWith('.process.json'))
      .flatMap((file) => {
        try {
          return [RecordedProcess.parse(JSON.parse(readFileSync(join(run, file), 'utf8')))];
        } catch {
          // being replaced just now
          return [];
        }
      });
  }
}
