import type { ContainerSpec } from '../../../state/container-record.js';
import { isFresh, isGoing } from '../container/observe-state.js';
import { EngineRefusal } from '../engine/engine-error.js';
import { endContainer } from './end-container.js';
import type { Prepared } from './prepare.js';
import { failed, type Failure, type Task } from './task.js';

/** Makes a container, without starting it. What cannot be made in full leaves nothing. */
export async function makeContainer(
  task: Task,
  { options, networks, aliases }: Extract<Prepared, { status: 'prepared' }>,
): Promise<{ readonly status: 'made'; readonly id: string } | Failure> {
  const engine = task.parts.engine();
  await removeSpare(task);
  let id: string | undefined;
  try {
    id = await engine.create(options);
    task.doing.containers.add(id);
    for (const network of networks) await engine.connect(network, id, aliases);
    return { status: 'made', id };
  } catch (error) {
    if (!(error instanceof EngineRefusal)) throw error;
    if (id !== undefined) await discard(task, id);
    const isTaken = id === undefined && error.status === 409;
    return failed(isTaken ? 'name-taken' : 'create-failed', error.message);
  }
}

/**
 * What a crash has left of an earlier attempt: one that was made and never started, or the one that was
 * replaced and not removed. And what the engine itself could not remove in full.
 */
export async function removeSpare(task: Task): Promise<void> {
  const { containers, replica } = task;
  const { record } = replica;
  for (const { container } of containers.spare(replica.id)) {
    if (isFresh(container)) await discard(task, container.id);
    else if (container.id === record?.replaces)
      await removeReplaced(task, container.id, record.spec);
    else if (isGoing(container)) await removeLeft(task, container.id);
  }
}

/**
 * Removes the container whose place another one has taken. It may run again: an engine that comes back
 * may start what it has stopped. False when it could not be removed.
 */
export async function removeReplaced(
  task: Task,
  id: string,
  { stopGracePeriodMs }: Pick<ContainerSpec, 'stopGracePeriodMs'>,
): Promise<boolean> {
  const isUp = task.containers.byId(id)?.container.state.isRunning === true;
  if (isUp && !(await endContainer(task, id, stopGracePeriodMs))) return false;
  return removeLeft(task, id);
}

/** Takes back one that was made and is not to be started. */
export function discard(task: Task, id: string): Promise<boolean> {
  return removeLeft(task, id, true);
}

/** Removes what nobody needs any more. False when the engine cannot: it does no harm, and no good. */
export async function removeLeft(
  { parts, containers }: Task,
  id: string,
  withVolumes = false,
): Promise<boolean> {
  try {
    await parts.engine().remove(id, withVolumes);
    return true;
  } catch (error) {
    if (!(error instanceof EngineRefusal)) throw error;
    const why = error.message;
    parts.log.warn('a container that is not needed could not be removed', { container: id, why });
    return false;
  } finally {
    await containers.look(id);
  }
}
