import type { Operation, ReplicaObservation } from '@vigil/contracts';
import type { ResourceId } from '@vigil/manifests';
import { replicaKey, type CommandRecord, type Launch } from '../../state/agent-document.js';
import type {
  OperationOutcome,
  Order,
  ReplicaUsage,
  WorkloadRuntime,
} from '../workload-runtime.js';
import type { ProcessParts } from './process-parts.js';
import { SupervisedReplica, type LaunchNote } from './supervised-replica.js';

const ROTATE_EVERY_MS = 5_000;

/** Every replica of runtime `process` that this host was assigned. */
export class ProcessSupervisor implements WorkloadRuntime {
  readonly name = 'process';
  readonly isPresent = true;
  readonly isKnown = true;
  private readonly replicas = new Map<string, SupervisedReplica>();
  private readonly busy = new Map<string, number>();
  private isClosing = false;

  private readonly rotating: NodeJS.Timeout;

  constructor(private readonly runtime: ProcessParts) {
    this.rotating = setInterval(() => void runtime.outputs.rotate(), ROTATE_EVERY_MS);
  }

  /** Takes a replica up that an earlier agent knew. */
  adopt(resource: ResourceId, replica: number, launch: Launch | undefined): void {
    const supervised = this.supervised(resource, replica);
    if (launch !== undefined) supervised.adopt(launch);
  }

  /** Adds what people should know about an ended launch to what is told of it. */
  annotate(resource: ResourceId, replica: number, note: LaunchNote): void {
    this.supervised(resource, replica).note = note;
  }

  async carryOut(operation: Operation, order: Order): Promise<OperationOutcome> {
    if (this.isClosing) {
      await order.recorded;
      return { status: 'failed', code: 'shutting-down', message: 'the agent is shutting down' };
    }
    const key = replicaKey(operation.resource, operation.replica);
    this.busy.set(key, (this.busy.get(key) ?? 0) + 1);
    try {
      const replica = this.supervised(operation.resource, operation.replica);
      return await replica.carryOut(operation, order);
    } finally {
      this.done(key, operation);
    }
  }

  has(resource: ResourceId, replica: number): boolean {
    return this.observe(resource, replica) !== undefined;
  }

  /** A port that something else has shows itself when it is assigned. */
  unmanaged(): readonly [] {
    return [];
  }

  /** Nothing that a process is started with has to be fetched. */
  progress(): readonly [] {
    return [];
  }

  /** Nothing to ask: each observation is a look at the process. */
  async lookAgain(): Promise<void> {}

  observe(resource: ResourceId, replica: number): ReplicaObservation | undefined {
    return this.replicas.get(replicaKey(resource, replica))?.observe();
  }

  /** All replicas as they are now. */
  observeAll(): ReplicaObservation[] {
    return [...this.replicas.values()].flatMap((replica) => replica.observe() ?? []);
  }

  usage(): ReplicaUsage[] {
    const { processes } = this.runtime;
    return [...this.replicas.values()].flatMap(({ resource, replica, live }) => {
      const used = live?.process === undefined ? undefined : processes.usageOf(live.process);
      if (live === undefined || used === undefined) return [];
      const { instance, startedAt } = live;
      return [{ resource, replica, instance, startedAt, ...used }];
    });
  }

  outcomeOf(command: Readonly<CommandRecord>): OperationOutcome | undefined {
    const launch = this.runtime.state.replica(command.resource, command.replica)?.launch;
    if (launch?.commandId === command.commandId) {
      return { status: 'succeeded', effectAt: launch.startedAt };
    }
    if (command.kind === 'stop' && launch === undefined) {
      return { status: 'succeeded', effectAt: command.acceptedAt };
    }
    return undefined;
  }

  /** Ends every process, each within its own grace period, all at the same time. */
  async shutDown(): Promise<void> {
    this.isClosing = true;
    clearInterval(this.rotating);
    await Promise.all([...this.replicas.values()].map((replica) => replica.shutDown()));
    this.runtime.adopted.stop();
  }

  /** Lets the processes live on without us: the next agent takes them up again. */
  release(): void {
    this.isClosing = true;
    clearInterval(this.rotating);
    for (const replica of this.replicas.values()) replica.release();
    this.runtime.adopted.stop();
  }

  private supervised(resource: ResourceId, replica: number): SupervisedReplica {
    const key = replicaKey(resource, replica);
    const known = this.replicas.get(key);
    if (known !== undefined) return known;
    const supervised = new SupervisedReplica(this.runtime, resource, replica);
    this.replicas.set(key, supervised);
    return supervised;
  }

  private done(key: string, operation: Operation): void {
    const others = (this.busy.get(key) ?? 1) - 1;
    if (others > 0) {
      this.busy.set(key, others);
      return;
    }
    this.busy.delete(key);
    const isKnown = this.runtime.state.replica(operation.resource, operation.replica) !== undefined;
    if (!isKnown) this.replicas.delete(key);
  }
}
