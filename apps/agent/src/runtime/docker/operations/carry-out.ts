import type { Operation } from '@vigil/contracts';
import { compareReplica, isChangedInPlace } from '@vigil/drift';
import { containerSpecOf } from '../../../state/container-record.js';
import type { OperationOutcome } from '../../workload-runtime.js';
import { instanceOf } from '../container/observe-state.js';
import { updateOptions } from '../container/update-options.js';
import { EngineRefusal } from '../engine/engine-error.js';
import { adopt, release } from './adopt.js';
import { awaitRemoval } from './await-removal.js';
import { endContainer, UNENDABLE } from './end-container.js';
import { awaitEngine, launch } from './launch.js';
import { removeSpare } from './make-container.js';
import { needsNewContainer } from './needs-new-container.js';
import { done, failed, running, unmet, type OperationOf, type Task } from './task.js';

/**
 * Carries one operation out, on what the engine has at this moment.
 * @throws EngineRefusal when the engine cannot tell of the container that the journal names: it may be there
 */
export async function carryOut(task: Task, operation: Operation): Promise<OperationOutcome> {
  await lookNow(task);
  await awaitRemoval(task);
  const { seen } = task.replica;
  if (seen !== undefined) task.doing.containers.add(seen.container.id);
  const untold = seen === undefined && operation.kind !== 'release' && whyUntold(task);
  if (untold) throw untold;
  const objection = unmet(task, operation.precondition);
  if (objection !== undefined) return objection;
  switch (operation.kind) {
    case 'start':
      return start(task, operation);
    case 'stop':
      return stop(task, operation);
    case 'restart':
      return launch(task, operation, operation.gracePeriodMs);
    case 'reconfigure':
      return reconfigure(task, operation);
    case 'adopt':
      return adopt(task, operation);
    case 'release':
      return release(task);
  }
}

function whyUntold({ containers, replica: { record } }: Task): EngineRefusal | undefined {
  return record && containers.whyUntold(record.containerId);
}

/** Everything that may be the container of this replica. */
async function lookNow({ containers, replica, name }: Task): Promise<void> {
  const ids = new Set([
    name,
    ...(replica.record === undefined ? [] : [replica.record.containerId]),
    ...(replica.seen === undefined ? [] : [replica.seen.container.id]),
    ...containers.spare(replica.id).map(({ container }) => container.id),
  ]);
  await Promise.all([...ids].map((id) => containers.look(id)));
}

async function start(task: Task, operation: OperationOf<'start'>): Promise<OperationOutcome> {
  const live = running(task);
  if (live === undefined) {
    const restarted = await awaitEngine(task, operation);
    return restarted ?? launch(task, operation, operation.service.spec.stopGracePeriodMs);
  }
  // only precondition `any` comes here: whoever wants it running has what they want
  if (task.replica.specDigest === operation.specDigest) {
    return { status: 'succeeded', effectAt: live.container.state.startedAt ?? task.parts.now() };
  }
  const instance = instanceOf(live.container);
  return failed('already-running', `instance ${instance} runs with another manifest`);
}

async function stop(task: Task, operation: OperationOf<'stop'>): Promise<OperationOutcome> {
  const { parts, containers, replica } = task;
  const { seen, record } = replica;
  if (seen !== undefined) {
    const { container } = seen;
    if (record !== undefined && !operation.forget) {
      const keptDown = instanceOf(container);
      await parts.state.record({ type: 'container.recorded', record: { ...record, keptDown } });
    }
    const isUp = container.state.isRunning;
    if (isUp && !(await endContainer(task, container.id, operation.gracePeriodMs))) {
      return UNENDABLE;
    }
  }
  if (operation.forget) {
    // before it: what is left when that is gone would be taken for the replica's own
    await removeSpare(task);
    if (seen !== undefined) await parts.engine().remove(seen.container.id);
    await parts.state.record({ type: 'container.forgotten', ...replica.id });
    replica.forget();
  }
  if (seen !== undefined) await containers.look(seen.container.id);
  return done(task);
}

/** What the engine changes of a living container, and what only the agent keeps. */
async function reconfigure(
  task: Task,
  { service, specDigest, images }: OperationOf<'reconfigure'>,
): Promise<OperationOutcome> {
  const { parts, containers, replica, commandId } = task;
  const live = running(task);
  if (live === undefined) return failed('not-running', 'there is no container to reconfigure');
  const spec = containerSpecOf(service.spec);
  const { container } = live;
  const { record } = replica;
  const launched = record?.containerId === container.id ? record : undefined;
  if (launched !== undefined && needsNewContainer(launched.spec, service) === true) {
    return failed('needs-restart', 'the manifest differs in what a container is made with');
  }
  const observed = await replica.observeAs(spec);
  const differences = observed === undefined ? [] : compareReplica({ service, images }, observed);
  const unchangeable = differences.find((difference) => !isChangedInPlace(difference));
  if (unchangeable !== undefined) {
    return failed('needs-restart', `${unchangeable.path} differs and cannot be changed in place`);
  }
  const changes = updateOptions(container, spec, launched?.adopted);
  if (changes !== undefined && parts.isPodman()) {
    return failed('needs-restart', 'Podman changes no limits of what runs');
  }
  const own = { ...replica.id, containerId: container.id, spec, specDigest };
  await parts.state.record({
    type: 'container.recorded',
    record: { commandId, ...launched, ...own },
  });
  try {
    if (changes !== undefined) await parts.engine().update(container.id, changes);
  } catch (error) {
    if (!(error instanceof EngineRefusal)) throw error;
    // for what it does not change while it runs it may be made anew
    return failed('needs-restart', error.message);
  }
  await containers.look(container.id);
  const outcome = done(task);
  // after the time of the effect: an attempt from before it would prove nothing
  replica.checkAnew();
  return outcome;
}
