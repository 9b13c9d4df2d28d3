import type { Operation, ReplicaHealth, ReplicaObservation } from '@vigil/contracts';
import type { ResourceId } from '@vigil/manifests';
import { isDeepStrictEqual } from 'node:util';
import { healthWithoutMonitor } from '../../health-checks/health-monitor.js';
import type { Log } from '../../log/log.js';
import {
  launchSpecOf,
  replicaKey,
  type Launch,
  type LaunchEnd,
} from '../../state/agent-document.js';
import { beginLaunch, type Desired } from './begin-launch.js';
import { unmetPrecondition } from '../check-precondition.js';
import { monitorLaunch, type LaunchMonitor } from './monitor-launch.js';
import { observeReplica } from './observe-replica.js';
import { ofAdopted, type ProcessEnd, type RunningProcess } from './running-process.js';
import type { OperationOutcome, Order } from '../workload-runtime.js';
import type { ProcessParts } from './process-parts.js';
import { fieldThatNeedsRestart } from './same-process.js';
import { killGroupOf } from './signal-group.js';
import { stopProcess } from './stop-process.js';

type OperationOf<Kind extends Operation['kind']> = Extract<Operation, { kind: Kind }>;

interface Running {
  readonly process: RunningProcess;
  /** Resolves when its end has been written down. */
  readonly closed: Promise<void>;
  monitor: LaunchMonitor | undefined;
  /** Why it is being ended; absent while nobody wants that. */
  endedBy?: LaunchEnd['by'];
}

/** What people should know about one launch. */
export interface LaunchNote {
  readonly instance: string;
  readonly detail: string;
}

/** One replica of a resource of runtime `process`: its process, its checks, and its past launch. */
export class SupervisedReplica {
  /** Told as long as the launch is the last one. */
  note: LaunchNote | undefined;
  private running: Running | undefined;
  private queue: Promise<unknown> = Promise.resolve();
  private readonly key: string;
  private readonly log: Log;

  constructor(
    private readonly runtime: ProcessParts,
    readonly resource: ResourceId,
    readonly replica: number,
  ) {
    this.key = replicaKey(resource, replica);
    this.log = runtime.log;
  }

  /** The replica as it is now; undefined when nothing was ever started here. */
  observe(): ReplicaObservation | undefined {
    const { launch } = this;
    if (launch === undefined) return undefined;
    // an adopted process may have died since the last look
    this.running?.process.look();
    const state =
      launch.process === undefined ? 'gone' : this.runtime.processes.stateOf(launch.process);
    const observed = observeReplica(this, launch, this.health, state);
    const { note } = this;
    return note?.instance === launch.instance ? { ...observed, detail: note.detail } : observed;
  }

  /** The present launch, when its process runs. */
  get live(): Launch | undefined {
    return this.launch?.end === undefined ? this.launch : undefined;
  }

  /** Carries out one operation after those that came before it. */
  carryOut(operation: Operation, order: Order): Promise<OperationOutcome> {
    return this.inTurn(async () => {
      // a launch waits for its own entry, which stands behind that of the command
      if (operation.kind !== 'start') await order.recorded;
      const objection = order.objection();
      if (objection !== undefined) {
        await order.recorded;
        return { status: 'refused', ...objection };
      }
      const unmet = unmetPrecondition(operation.precondition, this.launch);
      if (unmet !== undefined) return { status: 'precondition-failed', message: unmet };
      switch (operation.kind) {
        case 'start':
          return this.start(operation, order.commandId);
        case 'stop':
          return this.stop(operation);
        case 'restart':
          return this.restart(operation, order.commandId);
        case 'reconfigure':
          return this.reconfigure(operation);
        case 'adopt':
        case 'release':
          return failed('not-adoptable', 'only containers can be taken over');
      }
    });
  }

  /** Takes up a process that outlived the agent. */
  adopt(launch: Launch): void {
    if (launch.process === undefined) return;
    this.runtime.outputs.adopt(this.resource, this.replica);
    const running = ofAdopted(launch.process, this.runtime.adopted, this.runtime.now);
    this.supervise(launch, running, false);
  }

  /** Ends the process because the agent itself is told to end everything. */
  shutDown(): Promise<void> {
    return this.inTurn(async () => {
      const { live } = this;
      if (live === undefined) return;
      const ended = await this.end(live.spec.stopGracePeriodMs, 'shutdown');
      if (!ended) this.log.error('a process could not be ended', undefined, { replica: this.key });
    });
  }

  /** Leaves the process running and looks no more after it. */
  release(): void {
    this.running?.monitor?.stop();
  }

  private async start(
    operation: OperationOf<'start'>,
    commandId: string,
  ): Promise<OperationOutcome> {
    const { live } = this;
    if (live === undefined) return this.launchWith(operation, commandId);
    // only precondition `any` comes here: whoever wants it running has what they want
    if (live.specDigest === operation.specDigest) {
      return { status: 'succeeded', effectAt: live.startedAt };
    }
    return failed('already-running', `instance ${live.instance} runs with another manifest`);
  }

  private async stop(operation: OperationOf<'stop'>): Promise<OperationOutcome> {
    if (this.running !== undefined && !(await this.end(operation.gracePeriodMs, 'command'))) {
      return failed('stop-timeout', 'the process did not end, not even by SIGKILL');
    }
    const { launch } = this;
    if (operation.forget) await this.forget();
    else if (launch?.end !== undefined) await this.keepDown(launch, launch.end);
    return this.changed();
  }

  private async restart(
    operation: OperationOf<'restart'>,
    commandId: string,
  ): Promise<OperationOutcome> {
    if (this.running !== undefined && !(await this.end(operation.gracePeriodMs, 'restart'))) {
      return failed('stop-timeout', 'the process did not end, not even by SIGKILL');
    }
    return this.launchWith(operation, commandId);
  }

  private async reconfigure(operation: OperationOf<'reconfigure'>): Promise<OperationOutcome> {
    const { live } = this;
    if (live === undefined) return failed('not-running', 'there is no process to reconfigure');
    const spec = launchSpecOf(operation.service.spec);
    const field = fieldThatNeedsRestart(live.spec, spec);
    if (field !== undefined) return failed('needs-restart', `spec.${field} differs`);
    const previousCheck = live.spec.healthCheck;
    await this.runtime.state.record({
      type: 'launch.reconfigured',
      ...this.id,
      instance: live.instance,
      spec,
      specDigest: operation.specDigest,
    });
    const changed = !isDeepStrictEqual(previousCheck, spec.healthCheck);
    if (this.running !== undefined && changed) {
      this.running.monitor?.stop();
      this.running.monitor = this.monitor(live, false);
    }
    return this.changed();
  }

  private async launchWith(desired: Desired, commandId: string): Promise<OperationOutcome> {
    const begun = await beginLaunch(this.runtime, desired, commandId);
    if (begun.status === 'failed') return begun;
    this.supervise(begun.launch, begun.process, true);
    this.runtime.events.onChange();
    return { status: 'succeeded', effectAt: begun.launch.startedAt };
  }

  private supervise(launch: Launch, process: RunningProcess, isFresh: boolean): void {
    const closed = process.ended.then((end) => this.close(launch.instance, end));
    this.running = { process, closed, monitor: this.monitor(launch, isFresh) };
  }

  private monitor(launch: Launch, isFresh: boolean): LaunchMonitor | undefined {
    return monitorLaunch(this, launch, isFresh, this.runtime.events);
  }

  /** The process has ended: takes note at once, and resolves when that is written down. */
  private async close(instance: string, end: ProcessEnd): Promise<void> {
    const { running } = this;
    if (running === undefined) return;
    this.running = undefined;
    running.monitor?.stop();
    const by = running.endedBy ?? 'itself';
    // what the leader leaves behind would keep its port from the next launch
    if (by === 'itself') killGroupOf(running.process.identity, this.runtime.processes);
    const recorded = this.runtime.state.record({
      type: 'launch.ended',
      ...this.id,
      instance,
      end: { ...end, by },
    });
    this.runtime.events.onChange();
    await recorded.catch((error: unknown) =>
      // after a crash the process is looked for and not found, which says the same
      this.log.error('the end of a process could not be written down', error),
    );
  }

  private async end(graceMs: number, by: LaunchEnd['by']): Promise<boolean> {
    const { running } = this;
    if (running === undefined) return true;
    running.endedBy = by;
    // an attempt that fails because of us says nothing about the replica
    running.monitor?.stop();
    const end = await stopProcess(running.process, graceMs, this.runtime.processes);
    if (end === undefined) {
      delete running.endedBy;
      if (this.live !== undefined) running.monitor = this.monitor(this.live, false);
      return false;
    }
    await running.closed;
    return true;
  }

  private async keepDown(launch: Launch, end: LaunchEnd): Promise<void> {
    await this.runtime.state.record({
      type: 'launch.ended',
      ...this.id,
      instance: launch.instance,
      end: { ...end, by: 'command' },
    });
  }

  private async forget(): Promise<void> {
    await this.runtime.state.record({ type: 'replica.forgotten', ...this.id });
    this.runtime.ports.forget(this.key);
    await this.runtime.outputs.forget(this.resource, this.replica);
  }

  /** The next snapshot shows it. */
  private changed(): OperationOutcome {
    const effectAt = this.runtime.clock.change();
    this.runtime.events.onChange();
    return { status: 'succeeded', effectAt };
  }

  private inTurn<Result>(task: () => Promise<Result>): Promise<Result> {
    const turn = this.queue.then(task);
    this.queue = turn.catch(() => undefined);
    return turn;
  }

  private get id() {
    return { resource: this.resource, replica: this.replica };
  }

  private get launch(): Launch | undefined {
    return this.runtime.state.replica(this.resource, this.replica)?.launch;
  }

  private get health(): ReplicaHealth {
    const monitored = this.running?.monitor?.health;
    return monitored ?? healthWithoutMonitor(this.launch?.spec.healthCheck);
  }
}

function failed(code: string, message: string): OperationOutcome {
  return { status: 'failed', code, message };
}
