import { setTimeout as pause } from 'node:timers/promises';
import { compareReplica, isChangedInPlace } from '@vigil/drift';
import { containerSpecOf, type ContainerSpec } from '../../../state/container-record.js';
import type { OperationOutcome } from '../../workload-runtime.js';
import { isFresh } from '../container/observe-state.js';
import type { SeenContainer } from '../container/observe-config.js';
import { updateOptions } from '../container/update-options.js';
import { EngineRefusal } from '../engine/engine-error.js';
import { endContainer } from './end-container.js';
import { prepare, type Prepared } from './prepare.js';
import { done, failed, running, type Desired, type Failure, type Task } from './task.js';

/** The engine's own first restart comes after 100 ms; later ones are not waited for. */
const ENGINE_RESTART_MS = 1_000;
const LOOK_EVERY_MS = 25;

/**
 * Makes the replica run as the manifest says: by starting the container that is there, when it was made
 * by just this manifest and is as it was made, else by making one that takes its place.
 * @param graceMs how long what runs may take to end
 */
export async function launch(
  task: Task,
  desired: Desired,
  graceMs: number,
): Promise<OperationOutcome> {
  const spec = containerSpecOf(desired.service.spec);
  const { seen } = task.replica;
  if (seen === undefined) return makeFirst(task, desired, spec);
  if (!(await isAsMade(task, desired))) return makeAnew(task, desired, spec, seen, graceMs);
  if (seen.container.state.isRunning && !(await endContainer(task, seen.container.id, graceMs))) {
    return failed('stop-timeout', 'the container did not end, not even by SIGKILL');
  }
  return start(task, desired, spec, seen.container.id);
}

/**
 * The engine is about to restart it by itself: that is what is wanted, if it does so soon. Undefined
 * when it does not.
 */
export async function awaitEngine(
  task: Task,
  desired: Desired,
): Promise<OperationOutcome | undefined> {
  const { seen } = task.replica;
  if (seen?.container.state.isRestarting !== true) return undefined;
  if (!(await isAsMade(task, desired))) return undefined;
  const deadline = performance.now() + ENGINE_RESTART_MS;
  while (performance.now() < deadline) {
    await pause(LOOK_EVERY_MS);
    await task.containers.look(seen.container.id);
    if (running(task) !== undefined) return done(task);
  }
  return undefined;
}

/** True when starting it gives what the manifest says, limits aside, which can be changed. */
async function isAsMade(
  { parts, replica }: Task,
  { service, specDigest, images }: Desired,
): Promise<boolean> {
  if (replica.specDigest !== specDigest) return false;
  const observed = await replica.observeAs(containerSpecOf(service.spec));
  if (observed === undefined) return false;
  // Podman changes nothing of what is made
  const isHarmless = parts.isPodman() ? () => false : isChangedInPlace;
  return compareReplica({ service, images }, observed).every(isHarmless);
}

async function makeFirst(
  task: Task,
  desired: Desired,
  spec: ContainerSpec,
): Promise<OperationOutcome> {
  const prepared = await prepare(task, desired, spec, undefined);
  if (prepared.status === 'failed') return prepared;
  const made = await make(task, prepared);
  if (made.status === 'failed') return made;
  return start(task, desired, spec, made.id);
}

/**
 * The new container is made while the old one still runs, so that what cannot be made costs nothing.
 * Volumes are never removed.
 */
async function makeAnew(
  task: Task,
  desired: Desired,
  spec: ContainerSpec,
  former: SeenContainer,
  graceMs: number,
): Promise<OperationOutcome> {
  const engine = task.parts.engine();
  const { id } = former.container;
  const prepared = await prepare(task, desired, spec, former);
  if (prepared.status === 'failed') return prepared;
  const made = await make(task, prepared);
  if (made.status === 'failed') return made;
  if (former.container.state.isRunning && !(await endContainer(task, id, graceMs))) {
    await engine.remove(made.id, true);
    return failed('stop-timeout', 'the container did not end, not even by SIGKILL');
  }
  await engine.remove(id);
  await task.containers.look(id);
  return start(task, desired, spec, made.id);
}

async function make(
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
    if (id !== undefined) await engine.remove(id, true);
    const isTaken = id === undefined && error.status === 409;
    return failed(isTaken ? 'name-taken' : 'create-failed', error.message);
  }
}

/** What a crash has left of an earlier attempt: made, never started. */
async function removeSpare({ parts, containers, replica }: Task): Promise<void> {
  for (const { container } of containers.spare(replica.id)) {
    if (!isFresh(container)) continue;
    await parts.engine().remove(container.id, true);
    await containers.look(container.id);
  }
}

/** Writes down what is about to run, starts it, and writes down that it was started. */
async function start(
  task: Task,
  { specDigest }: Desired,
  spec: ContainerSpec,
  containerId: string,
): Promise<OperationOutcome> {
  const { parts, containers, replica, commandId } = task;
  const engine = parts.engine();
  const isAdopted = replica.isAdopted(containerId);
  const own = { ...replica.id, containerId, commandId, spec, specDigest };
  const record = isAdopted ? { ...own, adopted: true } : own;
  await parts.state.record({ type: 'container.recorded', record });
  await containers.look(containerId);
  const container = replica.seen?.container;
  try {
    const changes = container && updateOptions(container, spec, isAdopted);
    if (changes !== undefined) await engine.update(containerId, changes);
    if (!isAdopted && container !== undefined && container.name !== task.name) {
      await engine.rename(containerId, task.name);
    }
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
  await parts.state.record({ type: 'container.recorded', record: { ...record, startedAt } });
  return outcome;
}

/** The engine has no codes of its own for what keeps a container from starting. */
function codeOf(message: string): string {
  return /port is already allocated|address already in use/i.test(message)
    ? 'port-in-use'
    : 'start-failed';
}
