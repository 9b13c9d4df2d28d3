import { setTimeout as pause } from 'node:timers/promises';
import { compareReplica, isChangedInPlace } from '@vigil/drift';
import { containerSpecOf, type ContainerSpec } from '../../../state/container-record.js';
import { readSecret } from '@vigil/config';
import type { OperationOutcome } from '../../workload-runtime.js';
import { isGoing } from '../container/observe-state.js';
import { endContainer, UNENDABLE } from './end-container.js';
import { lateObjection } from './late-objection.js';
import { makeContainer } from './make-container.js';
import { needsNewContainer } from './needs-new-container.js';
import { prepare } from './prepare.js';
import { replaceContainer } from './replace-container.js';
import { giveLimits, START_FAILED, startContainer } from './start-container.js';
import { done, running, type Desired, type Task } from './task.js';

/** The engine's own first restart comes after 100 ms; later ones are not waited for. */
const ENGINE_RESTART_MS = 1_000;
const LOOK_EVERY_MS = 25;

/**
 * Makes the replica run as the manifest says: by starting the container that is there, when it was made
 * by a manifest that says the same of it and is as it was made, else by making one that takes its place.
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
  const { container } = seen;
  if (isGoing(container) || !(await isAsMade(task, desired))) {
    return replaceContainer(task, desired, spec, seen, graceMs);
  }
  if (container.state.isRunning) {
    // what it cannot be given while it runs may be refused after its end as well
    if (!(await giveLimits(task, container, spec))) {
      return replaceContainer(task, desired, spec, seen, graceMs);
    }
    if (!(await endContainer(task, container.id, graceMs))) return UNENDABLE;
  }
  const outcome = await startContainer(task, desired, spec, { id: container.id });
  // what it was made with, a network say, may be another one by now
  if (outcome.status !== 'failed' || outcome.code !== START_FAILED) return outcome;
  // the launch that was meant has ended by now, by this very command
  const ended = { ...desired, precondition: { kind: 'absent' } } as const;
  const replaced = await replaceContainer(task, ended, spec, seen, graceMs);
  return replaced.status === 'succeeded' ? replaced : outcome;
}

/**
 * The engine is about to restart it by itself: that is what is wanted, if it does so soon. Undefined
 * when it does not, or when there is more to do: by another manifest it may have another check.
 */
export async function awaitEngine(
  task: Task,
  desired: Desired,
): Promise<OperationOutcome | undefined> {
  const { seen, specDigest } = task.replica;
  if (seen?.container.state.isRestarting !== true) return undefined;
  if (specDigest !== desired.specDigest) return undefined;
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
  const spec = containerSpecOf(service.spec);
  if (replica.specDigest !== specDigest && !wasMadeFor(replica, service)) return false;
  const observed = await replica.observeAs(spec);
  if (observed === undefined) return false;
  // Podman changes nothing of what is made
  const isHarmless = parts.isPodman() ? () => false : isChangedInPlace;
  const unknown = await unreadableSecrets(service.spec.env);
  return compareReplica({ service, images }, observed).every(
    (difference) => isHarmless(difference) || unknown.has(difference.path),
  );
}

/**
 * A manifest of another digest may say the same of a container: its mode was changed, its check, or how
 * many there are. What it leaves out is not seen at a container, so that only the journal tells.
 */
function wasMadeFor({ record, seen }: Task['replica'], service: Desired['service']): boolean {
  if (record === undefined || record.containerId !== seen?.container.id) return false;
  return needsNewContainer(record.spec, service) === false;
}

/** As JSON Pointers. What they are to be nobody knows: what was made with them is to run as it is. */
async function unreadableSecrets(env: ContainerSpec['env']): Promise<ReadonlySet<string>> {
  const paths = await Promise.all(
    Object.entries(env).map(async ([name, value]) => {
      if (typeof value === 'string') return [];
      const isReadable = 'value' in (await readSecret(value.secretRef.file));
      return isReadable ? [] : [`/env/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`];
    }),
  );
  return new Set(paths.flat());
}

async function makeFirst(
  task: Task,
  desired: Desired,
  spec: ContainerSpec,
): Promise<OperationOutcome> {
  const prepared = await prepare(task, desired, spec, undefined);
  if (prepared.status === 'failed') return prepared;
  const objection = lateObjection(task, desired);
  if (objection !== undefined) return objection;
  const made = await makeContainer(task, prepared);
  if (made.status === 'failed') return made;
  return startContainer(task, desired, spec, { id: made.id });
}
