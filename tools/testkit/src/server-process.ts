import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync, closeSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from './eventually.js';
import { recordProcess } from './run-directory.js';

export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly ids?: { readonly uid: number; readonly gid: number };
  /** Receives what the server prints. */
  readonly logFile: string;
  /** True as soon as the server answers; asked again and again until then. */
  readonly isReady: () => boolean;
}

/** A server that a test has started: it does not keep the test run alive, and ends with it. */
export class ServerProcess {
  private constructor(private readonly child: ChildProcess) {}

  /** @throws Error with the server's output, when it ends before it is ready */
  static async start(server: ServerCommand): Promise<ServerProcess> {
    const log = openSync(server.logFile, 'a');
    const child = spawn(server.command, server.args, {
      cwd: '/',
      detached: true,
      stdio: ['ignore', log, log],
      ...(server.env === undefined ? {} : { env: server.env }),
      ...server.ids,
    });
    closeSync(log);
    child.unref();
    // without a listener a failed spawn would end the test run
    child.on('error', () => undefined);
    if (child.pid === undefined) throw new Error(`cannot start ${server.command}`);
    recordProcess(child.pid);
    await eventually(() => server.isReady() || hasEnded(child), { withinMs: 30_000, everyMs: 5 });
    if (hasEnded(child)) {
      throw new Error(`${server.command} ended:\n${readFileSync(server.logFile, 'utf8')}`);
    }
    return new ServerProcess(child);
  }

  get pid(): number | undefined {
    return hasEnded(this.child) ? undefined : this.child.pid;
  }

  /** Lets it stand still for so long, with the processes that it has started itself if those serve. */
  async freeze(holdMs: number, withChildren = false): Promise<void> {
    const { pid } = this;
    if (pid === undefined) throw new Error('the server does not run');
    process.kill(pid, 'SIGSTOP');
    // it starts no further ones now
    const stopped = withChildren ? childrenOf(pid) : [];
    for (const child of stopped) signal(child, 'SIGSTOP');
    await pause(holdMs);
    for (const child of [...stopped, pid]) signal(child, 'SIGCONT');
  }

  /** Sends the signal and waits for the end; nothing happens when it has ended already. */
  async end(signal: NodeJS.Signals): Promise<void> {
    if (hasEnded(this.child)) return;
    const exit = once(this.child, 'exit');
    this.child.ref();
    this.child.kill(signal);
    await exit;
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function childrenOf(pid: number): number[] {
  const path = `/proc/${String(pid)}/task/${String(pid)}/children`;
  return readFileSync(path, 'utf8').split(' ').filter(Boolean).map(Number);
}

/** One that has ended by now needs none. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
