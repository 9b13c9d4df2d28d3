import type { ContainerRecord, ContainerSpec } from '../../../state/container-record.js';
import type { OperationOutcome } from '../../workload-runtime.js';
import type { SeenContainer } from '../container/observe-config.js';
import { EngineRefusal } from '../engine/engine-error.js';
import { endContainer, UNENDABLE } from './end-container.js';
import { lateObjection } from './late-objection.js';
import { discard, makeContainer } from './make-container.js';
import { prepare } from './prepare.js';
import { startContainer } from './start-container.js';
import { failed, type Desired, type Task } from './task.js';

/**
 * The new container is made while the old one still runs, and the old one is removed when the new one
 * was started: what cannot be made costs nothing, and what cannot be started costs a restart of the old
 * one. Volumes are never removed.
 */
export async function replaceContainer(
  task: Task,
  desired: Desired,
  spec: ContainerSpec,
  former: SeenContainer,
  graceMs: number,
): Promise<OperationOutcome> {
  const { id } = former.container;
  const prepared = await prepare(task, desired, spec, former);
  if (prepared.status === 'failed') return prepared;
  const made = await makeContainer(task, prepared);
  if (made.status === 'failed') return made;
  await task.containers.look(id);
  const objection = lateObjection(task, desired);
  const wasRunning = task.containers.byId(id)?.container.state.isRunning === true;
  const refused =
    objection ?? (wasRunning && !(await endContainer(task, id, graceMs)) ? UNENDABLE : undefined);
  if (refused !== undefined) {
    await discard(task, made.id);
    return refused;
  }
  const { record } = task.replica;
  const outcome = await startContainer(task, desired, spec, { id: made.id, replaces: id });
  if (outcome.status !== 'failed') return outcome;
  const isBack = await bringBack(task, { id, wasRunning, record });
  await discard(task, made.id);
  return isBack
    ? failed(outcome.code, `${outcome.message}; the container before it runs again`)
    : outcome;
}

/** The container before is the one in force again. True when it runs as it did. */
async function bringBack(task: Task, former: Former): Promise<boolean> {
  const { parts, containers, replica } = task;
  const { id, wasRunning, record } = former;
  await parts.state.record(
    record === undefined
      ? { type: 'container.forgotten', ...replica.id }
      : { type: 'container.recorded', record },
  );
  try {
    if (wasRunning) await parts.engine().start(id);
    return wasRunning;
  } catch (error) {
    if (!(error instanceof EngineRefusal)) throw error;
    const why = error.message;
    parts.log.warn('a container that was replaced cannot be started again', { container: id, why });
    return false;
  } finally {
    await containers.look(id);
  }
}

/** What was there before a replacement. */
interface Former {
  readonly id: string;
  readonly wasRunning: boolean;
  readonly record: Readonly<ContainerRecord> | undefined;
}
