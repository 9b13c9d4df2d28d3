import type { Operation, Precondition } from '@vigil/contracts';
import { unmetPrecondition } from '../../check-precondition.js';
import type { OperationOutcome } from '../../workload-runtime.js';
import { instanceOf, isRunning } from '../container/observe-state.js';
import type { SeenContainer } from '../container/observe-config.js';
import type { Doing } from '../container/foreign-change.js';
import type { ContainerReplica } from '../container-replica.js';
import type { Containers } from '../containers.js';
import type { DockerParts } from '../docker-parts.js';

export type OperationOf<Kind extends Operation['kind']> = Extract<Operation, { kind: Kind }>;

/** Operations that say what the container is to be like. */
export type Desired = OperationOf<'start'> | OperationOf<'restart'>;

/** One operation on one replica, with everything that carrying it out needs. */
export interface Task {
  readonly parts: DockerParts;
  readonly containers: Containers;
  readonly replica: ContainerReplica;
  readonly commandId: string;
  readonly doing: Doing;
  /** The name that its container has, or is to have. */
  readonly name: string;
  readonly installation: string;
}

export type Failure = Extract<OperationOutcome, { status: 'failed' }>;

export function failed(code: string, message: string): Failure {
  return { status: 'failed', code, message };
}

/** The next snapshot shows it. */
export function done({ parts }: Task): OperationOutcome {
  const effectAt = parts.clock.change();
  parts.events.onChange();
  return { status: 'succeeded', effectAt };
}

/** The container of the replica, when its program runs. */
export function running({ replica }: Task): SeenContainer | undefined {
  const { seen } = replica;
  return seen !== undefined && isRunning(seen.container) ? seen : undefined;
}

/** The outcome of an operation on something else than what is there now; undefined when it may go on. */
export function unmet(task: Task, precondition: Precondition): OperationOutcome | undefined {
  const { seen } = task.replica;
  const message = unmetPrecondition(
    precondition,
    seen && { instance: instanceOf(seen.container), end: running(task) ? undefined : 'ended' },
  );
  return message === undefined ? undefined : { status: 'precondition-failed', message };
}
