import type { CheckAttempt, Operation } from '@vigil/contracts';
import type { Service } from '@vigil/manifests';
import { temporaryDirectory } from '@vigil/testkit';
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import { silentLog } from '../log/log.js';
import { ObservationClock } from '../observation/observation-clock.js';
import { AdoptedProcesses } from '../runtime/process/adopted-processes.js';
import { OutputFiles } from '../runtime/process/output-files.js';
import { PortBook } from '../runtime/process/port-book.js';
import { ProcessSupervisor } from '../runtime/process/process-supervisor.js';
import { processesOfHost } from '../runtime/process/processes-of-host.js';
import { recoverReplicas } from '../runtime/process/recover-replicas.js';
import type { ProcessParts } from '../runtime/process/process-parts.js';
import { AgentState } from '../state/agent-state.js';
import { reconfigureOf, resourceOf, restartOf, startOf, stopOf } from './operations.js';

const WAIT_MS = 20_000;

/** A process runtime on this host, with real processes, without an agent around it. */
export class RuntimeWorld {
  readonly attempts: CheckAttempt[] = [];
  private readonly changes = new EventEmitter();
  private commands = 0;

  private constructor(
    readonly home: string,
    readonly runtime: ProcessParts,
    readonly supervisor: ProcessSupervisor,
  ) {}

  /** Opens a home: a new one, or that of a world before, as the next agent would. */
  static async open(home = temporaryDirectory('runtime')): Promise<RuntimeWorld> {
    const processes = processesOfHost();
    const runtime: ProcessParts = {
      state: await AgentState.open(join(home, 'state.journal'), silentLog),
      processes,
      adopted: new AdoptedProcesses(processes),
      outputs: new OutputFiles(join(home, 'output'), { maxBytes: 2_000, kept: 1 }, silentLog),
      ports: new PortBook({ from: 21_000, to: 29_999 }, home),
      log: silentLog,
      now: Date.now,
      clock: new ObservationClock(),
      events: { onChange: () => world.noteChange(), onAttempt: (attempt) => world.note(attempt) },
    };
    const world = new RuntimeWorld(home, runtime, new ProcessSupervisor(runtime));
    await recoverReplicas(runtime, world.supervisor);
    return world;
  }

  start(service: Service, replica = 0) {
    return this.carryOut(startOf(service, replica));
  }

  stop(service: Service, options: Parameters<typeof stopOf>[1] = {}) {
    return this.carryOut(stopOf(service, options));
  }

  restart(service: Service, gracePeriodMs = 2_000) {
    return this.carryOut(restartOf(service, gracePeriodMs));
  }

  reconfigure(service: Service) {
    return this.carryOut(reconfigureOf(service));
  }

  carryOut(operation: Operation) {
    this.commands += 1;
    return this.supervisor.carryOut(operation, {
      commandId: `command-${this.commands}`,
      recorded: Promise.resolve(),
      objection: () => undefined,
    });
  }

  observe(service: Service, replica = 0) {
    return this.supervisor.observe(resourceOf(service), replica);
  }

  /** The pid of a replica that runs. */
  pidOf(service: Service, replica = 0): number {
    const pid = this.observe(service, replica)?.pid;
    if (pid === undefined) throw new Error('the replica does not run');
    return pid;
  }

  /** Resolves with what `look` returns as soon as that is not undefined; asked after every change. */
  async until<T>(look: () => T | undefined): Promise<T> {
    const signal = AbortSignal.timeout(WAIT_MS);
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      await once(this.changes, 'change', { signal });
    }
  }

  /** Leaves the processes running, as the end of an agent does. */
  async leave(): Promise<void> {
    this.supervisor.release();
    await this.runtime.state.close();
  }

  /** Ends the processes too. */
  async close(): Promise<void> {
    await this.supervisor.shutDown();
    await this.runtime.state.close();
  }

  private note(attempt: CheckAttempt): void {
    this.attempts.push(attempt);
    this.noteChange();
  }

  private noteChange(): void {
    this.changes.emit('change');
  }
}
