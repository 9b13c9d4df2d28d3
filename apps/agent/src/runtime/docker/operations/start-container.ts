import type { ContainerRecord, ContainerSpec } from '../../../state/container-record.js';
import type { OperationOutcome } from '../../workload-runtime.js';
import type { SeenContainer } from '../container/observe-config.js';
import { updateOptions } from '../container/update-options.js';
import { EngineRefusal } from '../engine/engine-error.js';
import { removeReplaced } from './make-container.js';
import { done, failed, type Desired, type Task } from './task.js';

/** The code of a container that the engine cannot start as it is. */
export const START_FAILED = 'start-failed';

/** The container to be started, and the one whose place it takes, if there is one. */
export interface Chosen {
  readonly id: string;
  readonly replaces?: string;
}

/** Writes down what is about to run, starts it, and writes down that it was started. */
export async function startContainer(
  task: Task,
  { specDigest }: Desired,
  spec: ContainerSpec,
  chosen: Chosen,
): Promise<OperationOutcome> {
  const { parts, containers, replica, commandId } = task;
  const { id: containerId } = chosen;
  const engine = parts.engine();
  const isAdopted = replica.isAdopted(containerId);
  const replaces = chosen.replaces ?? replacedBy(replica, containerId);
  const own = { ...replica.id, containerId, commandId, spec, specDigest };
  const record = isAdopted ? { ...own, adopted: true } : own;
  const write = (what: ContainerRecord) =>
    parts.state.record({ type: 'container.recorded', record: what });
  const written = write(replaces === undefined ? record : { ...record, replaces });
  // what is seen counts as this launch from the call on; nothing runs before it is written down
  await Promise.all([written, containers.look(containerId)]);
  const container = containers.byId(containerId)?.container;
  try {
    const changes = container && updateOptions(container, spec, isAdopted);
    if (changes !== undefined) await engine.update(containerId, changes);
    await engine.start(containerId);
  } catch (error) {
    if (!(error instanceof EngineRefusal)) throw error;
    await containers.look(containerId);
    return failed(codeOf(error.message), error.message);
  }
  replica.forgetDeed();
  await containers.look(containerId);
  const outcome = done(task);
  const startedAt = parts.now();
  const started = { ...record, startedAt };
  if (replaces === undefined) await write(started);
  else {
    await write({ ...started, replaces });
    // what is left of it is removed the next time
    if (await removeReplaced(task, replaces, spec)) await write(started);
  }
  if (!isAdopted && container !== undefined) await giveName(task, container);
  return outcome;
}

/** Changes the limits of what runs. False when the engine does not. */
export async function giveLimits(
  { parts, replica }: Task,
  container: SeenContainer['container'],
  spec: ContainerSpec,
): Promise<boolean> {
  const changes = updateOptions(container, spec, replica.isAdopted(container.id));
  try {
    if (changes !== undefined) await parts.engine().update(container.id, changes);
    return true;
  } catch (error) {
    if (error instanceof EngineRefusal) return false;
    throw error;
  }
}

/** Which one the container has replaced, when an earlier start of it was cut off. */
function replacedBy({ record }: Task['replica'], containerId: string): string | undefined {
  return record?.containerId === containerId ? record.replaces : undefined;
}

/** Its name is for people and for others in its networks: without it, it does its work as well. */
async function giveName(
  { parts, containers, name }: Task,
  container: SeenContainer['container'],
): Promise<void> {
  if (container.name === name) return;
  try {
    await parts.engine().rename(container.id, name);
  } catch (error) {
    if (!(error instanceof EngineRefusal)) throw error;
    parts.log.warn('a container could not be given its name', { name, why: error.message });
  }
  await containers.look(container.id);
}

/** The engine has no codes of its own for what keeps a container from starting. */
function codeOf(message: string): string {
  return /port is already allocated|address already in use/i.test(message)
    ? 'port-in-use'
    : START_FAILED;
}
