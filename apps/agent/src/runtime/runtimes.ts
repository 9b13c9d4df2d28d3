import type {
  DescriptionOutcome,
  Operation,
  ReplicaObservation,
  ReplicaProgress,
  UnmanagedContainer,
} from '@vigil/contracts';
import type { ResourceId, Runtime } from '@vigil/manifests';
import type { CommandRecord } from '../state/agent-document.js';
import type { OperationOutcome, Order, ReplicaUsage, WorkloadRuntime } from './workload-runtime.js';

const NOTHING_TO_DESCRIBE = 'this agent has no runtime whose containers could be taken over';

/** The runtimes of this host as one: each operation goes to the runtime that it is for. */
export class Runtimes {
  private readonly byName: ReadonlyMap<Runtime, WorkloadRuntime>;

  constructor(private readonly all: readonly [WorkloadRuntime, ...WorkloadRuntime[]]) {
    this.byName = new Map(all.map((runtime) => [runtime.name, runtime]));
  }

  /** Those that this host has. */
  get names(): Runtime[] {
    return this.all.filter(({ isPresent }) => isPresent).map(({ name }) => name);
  }

  /** Those of `names` that do not answer now. */
  get unknown(): Runtime[] {
    return this.all
      .filter(({ isPresent, isKnown }) => isPresent && !isKnown)
      .map(({ name }) => name);
  }

  /** A replica belongs to one runtime: another one takes it over only when it was forgotten there. */
  async carryOut(operation: Operation, order: Order): Promise<OperationOutcome> {
    const holder = this.holderOf(operation.resource, operation.replica);
    const wanted =
      'service' in operation
        ? this.byName.get(operation.service.spec.runtime)
        : (holder ?? this.all[0]);
    if (wanted === undefined) {
      await order.recorded;
      return failed('unsupported-runtime', 'this agent does not have the runtime');
    }
    if (holder !== undefined && holder !== wanted) {
      await order.recorded;
      return failed('other-runtime', `the replica has to be forgotten by ${holder.name} first`);
    }
    return wanted.carryOut(operation, order);
  }

  observe(resource: ResourceId, replica: number): ReplicaObservation | undefined {
    return this.holderOf(resource, replica)?.observe(resource, replica);
  }

  observeAll(): ReplicaObservation[] {
    return this.all.flatMap((runtime) => runtime.observeAll());
  }

  unmanaged(): UnmanagedContainer[] {
    return this.all.flatMap((runtime) => runtime.unmanaged());
  }

  /** What runs here that manifests may take over. */
  async describe(names: readonly string[] | undefined): Promise<DescriptionOutcome> {
    for (const runtime of this.all) {
      const outcome = await runtime.describe?.(names);
      if (outcome !== undefined) return outcome;
    }
    return { status: 'failed', code: 'no-engine', message: NOTHING_TO_DESCRIBE };
  }

  progress(): ReplicaProgress[] {
    return this.all.flatMap((runtime) => runtime.progress());
  }

  async lookAgain(): Promise<void> {
    await Promise.all(this.all.map((runtime) => runtime.lookAgain()));
  }

  async usage(): Promise<ReplicaUsage[]> {
    const usages = await Promise.all(this.all.map(async (runtime) => runtime.usage()));
    return usages.flat();
  }

  outcomeOf(command: Readonly<CommandRecord>): OperationOutcome | undefined {
    const runtime = this.holderOf(command.resource, command.replica) ?? this.all[0];
    return runtime.outcomeOf(command);
  }

  async shutDown(): Promise<void> {
    await Promise.all(this.all.map((runtime) => runtime.shutDown()));
  }

  release(): void {
    for (const runtime of this.all) runtime.release();
  }

  private holderOf(resource: ResourceId, replica: number): WorkloadRuntime | undefined {
    return this.all.find((runtime) => runtime.has(resource, replica));
  }
}

function failed(code: string, message: string): OperationOutcome {
  return { status: 'failed', code, message };
}
