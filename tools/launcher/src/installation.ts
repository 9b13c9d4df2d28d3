import { join } from 'node:path';
import { LogFile } from './log-file.js';
import type { HomeLayout } from './home.js';
import { STOP_ORDER } from './leftovers.js';
import type { ProcessRecords } from './process-records.js';
import type { Progress } from './progress.js';
import { SupervisedProcess, type ProcessSpec } from './supervised-process.js';

const ERROR_REPORT_INTERVAL_MS = 500;

/** Everything that is running, in the order in which it may end. */
export class Installation {
  private readonly processes = new Map<string, SupervisedProcess>();
  private readonly reporter: NodeJS.Timeout;
  private ended = false;

  constructor(
    private readonly home: HomeLayout,
    private readonly records: ProcessRecords,
    private readonly progress: Progress,
  ) {
    this.reporter = setInterval(() => {
      for (const process of this.processes.values()) process.reportErrors();
    }, ERROR_REPORT_INTERVAL_MS);
  }

  /**
   * Starts a process and waits until it is ready. Nothing is started any more once the end has begun.
   * @throws FailedToStart
   */
  async start(spec: ProcessSpec): Promise<void> {
    if (this.ended) return;
    const process = new SupervisedProcess(spec, {
      log: new LogFile(join(this.home.logs, `${spec.name}.log`)),
      records: this.records,
      say: (name, text) => {
        this.say(`${name} ${text}`);
      },
    });
    this.processes.set(spec.name, process);
    await process.start();
  }

  /** True as long as nothing was started. */
  get isEmpty(): boolean {
    return this.processes.size === 0;
  }

  /** Restarts one of them with its new build; nothing happens when it is not running here. */
  async restart(name: string): Promise<void> {
    await this.processes.get(name)?.restart();
  }

  /** Ends everything in order, and returns when no process is left. */
  async stop(): Promise<void> {
    this.ended = true;
    for (const group of STOP_ORDER) {
      await Promise.all(this.members(group).map((process) => process.stop()));
    }
    clearInterval(this.reporter);
  }

  /** Ends everything at once. PostgreSQL and nats-server recover at the next start. */
  async kill(): Promise<void> {
    this.ended = true;
    await Promise.all([...this.processes.values()].map((process) => process.kill()));
    clearInterval(this.reporter);
  }

  /** A line with the time, for what happens after the start. */
  say(text: string): void {
    this.progress.line(`${new Date().toTimeString().slice(0, 8)}  ${text}`);
  }

  private members(group: readonly string[]): SupervisedProcess[] {
    return group.flatMap((name) => this.processes.get(name) ?? []);
  }
}
