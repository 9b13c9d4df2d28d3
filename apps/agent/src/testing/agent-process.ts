import { recordProcess, temporaryDirectory } from '@vigil/testkit';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import type { FakeCollector } from './fake-collector.js';

const WORKSPACE = resolve(import.meta.dirname, '../../../..');

let built = false;

/** The agent as one file, as it is shipped. */
function agentBundle(): string {
  if (!built)
    execFileSync(process.execPath, ['tools/build/build.mjs', 'agent'], { cwd: WORKSPACE });
  built = true;
  return join(WORKSPACE, 'dist/apps/agent/main.js');
}

/** A real agent in a process of its own, with a home that survives its restarts. */
export class AgentProcess {
  readonly home = temporaryDirectory('agent');
  output = '';
  private child: ChildProcess | undefined;

  constructor(
    private readonly collector: FakeCollector,
    private readonly env: Readonly<Record<string, string>> = {},
  ) {}

  get pid(): number {
    const pid = this.child?.pid;
    if (pid === undefined) throw new Error('the agent does not run');
    return pid;
  }

  start(env: Readonly<Record<string, string>> = {}): void {
    const child = spawn(process.execPath, [agentBundle()], {
      env: {
        PATH: process.env['PATH'],
        VIGIL_COLLECTOR_URL: this.collector.url,
        VIGIL_ENROLL_TOKEN: this.collector.token,
        VIGIL_AGENT_HOME: this.home,
        VIGIL_AGENT_HOST: this.collector.host,
        VIGIL_AGENT_PORT: 'off',
        VIGIL_METRICS_INTERVAL: '200ms',
        ...this.env,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.child = child;
    if (child.pid !== undefined) recordProcess(child.pid);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.output += chunk.toString('utf8')));
    }
  }

  /** Starts it and waits until its channel is open and its state is known. */
  async startConnected(env: Readonly<Record<string, string>> = {}): Promise<void> {
    const { collector } = this;
    const snapshots = collector.snapshots.length;
    this.start(env);
    await collector.until(() =>
      collector.isConnected && collector.snapshots.length > snapshots ? true : undefined,
    );
  }

  signal(name: NodeJS.Signals): void {
    this.child?.kill(name);
  }

  /** Says farewell as the launcher does. */
  tell(message: object): void {
    this.child?.send(message);
  }

  /** Closes the channel between parent and child, as the death of the parent does. */
  disconnect(): void {
    this.child?.disconnect();
  }

  /** Resolves with the exit code, or the signal that ended it. */
  async ended(): Promise<number | string> {
    const { child } = this;
    if (child === undefined) return 0;
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    this.child = undefined;
    return child.exitCode ?? child.signalCode ?? 0;
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended();
  }

  /** Ends it together with what it supervises. */
  async shutDown(): Promise<void> {
    if (this.child === undefined) return;
    if (this.child.connected) this.tell({ type: 'shutdown', stopSupervised: true });
    else this.signal('SIGTERM');
    await this.ended();
  }
}
