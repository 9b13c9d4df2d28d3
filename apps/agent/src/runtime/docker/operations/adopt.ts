import { containerSpecOf } from '../../../state/container-record.js';
import type { OperationOutcome } from '../../workload-runtime.js';
import { isOfVigil } from '../container/labels.js';
import { isGoing } from '../container/observe-state.js';
import { done, type OperationOf, type Task } from './task.js';

/**
 * Takes a container over as it is, also one that does not run: it gets an entry in the journal, and
 * nothing else changes. What cannot be taken over now may be later, or was taken away in between: neither is a failure.
 */
export async function adopt(
  task: Task,
  { container: name, service, specDigest }: OperationOf<'adopt'>,
): Promise<OperationOutcome> {
  const { parts, containers, replica, commandId } = task;
  const found = await parts.engine().inspect(name);
  if (found === undefined || isGoing(found)) return unfit(`there is no container ${name}`);
  if (isOfVigil(found.config.labels)) return unfit(`container ${name} was made by Vigil`);
  if (containers.replicaOfContainer(found.id) !== undefined) {
    return unfit(`container ${name} is another replica`);
  }
  const { startedAt = parts.now() } = found.state;
  await parts.state.record({
    type: 'container.recorded',
    record: {
      ...replica.id,
      containerId: found.id,
      commandId,
      spec: containerSpecOf(service.spec),
      specDigest,
      startedAt: Math.floor(startedAt),
      adopted: true,
    },
  });
  replica.forgetDeed();
  await containers.look(found.id);
  return done(task);
}

/** Looks no more after a container that was taken over. One that Vigil has made stays as it is. */
export async function release(task: Task): Promise<OperationOutcome> {
  const { parts, containers, replica } = task;
  const { record } = replica;
  if (record?.adopted === true) {
    await parts.state.record({ type: 'container.forgotten', ...replica.id });
    replica.forget();
    await containers.look(record.containerId);
    await containers.list();
  }
  return done(task);
}

function unfit(message: string): OperationOutcome {
  return { status: 'precondition-failed', message };
}
