import type { Operation } from '@vigil/contracts';
import type { ResourceId } from '@vigil/manifests';
import { randomUUID } from 'node:crypto';
import { errorCode } from '../../disk/durable-file.js';
import { launchSpecOf, replicaKey, type Launch } from '../../state/agent-document.js';
import { prepareLaunch, spawnProcess, type Spawned } from './launch-process.js';
import { ofChild, type RunningProcess } from './running-process.js';
import type { ProcessParts } from './process-parts.js';
import { describeProcesses } from './whose-process.js';

export type Desired = Pick<
  Extract<Operation, { kind: 'start' }>,
  'resource' | 'replica' | 'service' | 'specDigest'
>;

export type Begun =
  | { readonly status: 'begun'; readonly launch: Launch; readonly process: RunningProcess }
  | { readonly status: 'failed'; readonly code: string; readonly message: string };

interface ReplicaId {
  readonly resource: ResourceId;
  readonly replica: number;
}

/**
 * Starts the process of a replica. The launch is on disk before there is a process, and the process
 * carries the instance id: whatever happens in between, the next agent finds it.
 */
export async function beginLaunch(
  runtime: ProcessParts,
  desired: Desired,
  commandId: string,
): Promise<Begun> {
  const id = { resource: desired.resource, replica: desired.replica };
  const spec = launchSpecOf(desired.service.spec);
  const ports = await runtime.ports.assign(replicaKey(id.resource, id.replica), spec.ports);
  if (ports.status === 'in-use') {
    return failed('port-in-use', portInUse(runtime, id, ports.port));
  }
  if (ports.status === 'none-free') return failed('no-port', 'no host port of the range is free');
  const planned: Launch = {
    instance: randomUUID(),
    commandId,
    spec,
    specDigest: desired.specDigest,
    ports: ports.ports,
    startedAt: runtime.now(),
  };
  const prepared = await prepareLaunch(id.resource, id.replica, planned);
  if (prepared.status === 'refused') return failed('spawn-failed', prepared.message);
  const output = openOutput(runtime, id);
  if (typeof output === 'string') return failed('spawn-failed', output);
  // from here on the launch is seen, and not before: secrets may have been waited for
  const launch = { ...planned, startedAt: runtime.clock.change() };
  if (!(await intend(runtime, id, launch))) {
    output.close();
    return failed('state-not-durable', 'the state of this host cannot be written');
  }
  const spawned = await spawnProcess(prepared.plan, output);
  if (spawned.status === 'refused') {
    await giveUp(runtime, id, launch);
    return failed('spawn-failed', spawned.message);
  }
  return { status: 'begun', launch, process: takeOver(runtime, id, launch, spawned) };
}

/** Says so when it may well be a process that the last launch has set free. */
function portInUse(runtime: ProcessParts, { resource, replica }: ReplicaId, port: number): string {
  const message = `host port ${port} is in use by another process`;
  const instance = runtime.state.replica(resource, replica)?.launch?.instance;
  if (instance === undefined) return message;
  const left = runtime.processes.findByInstance(new Set([instance])).get(instance) ?? [];
  if (left.length === 0) return message;
  return `${message}; of its last launch there still run: ${describeProcesses(left)}`;
}

/** True when the intention would survive a crash. */
async function intend(runtime: ProcessParts, id: ReplicaId, launch: Launch): Promise<boolean> {
  try {
    await runtime.state.record({ type: 'launch.intended', ...id, launch });
    return true;
  } catch (error) {
    runtime.log.error('a launch was not begun: it could be forgotten', error, { ...id });
    await giveUp(runtime, id, launch);
    return false;
  }
}

async function giveUp(runtime: ProcessParts, id: ReplicaId, { instance }: Launch): Promise<void> {
  await runtime.state
    .record({ type: 'launch.failed', ...id, instance })
    .catch((error: unknown) => runtime.log.error('a failed launch could not be noted', error));
}

function takeOver(
  runtime: ProcessParts,
  id: ReplicaId,
  { instance }: Launch,
  { child, pid }: Extract<Spawned, { status: 'spawned' }>,
): RunningProcess {
  // not yet reaped even if it has already died, because no event was handled since the spawn
  const process = runtime.processes.identify(pid) ?? { pid, startTime: '', bootId: '' };
  // not awaited: the intention is on disk, so that the process is found again all the same
  runtime.state
    .record({ type: 'launch.spawned', ...id, instance, process })
    .catch((error: unknown) =>
      runtime.log.error('a launch could not be written down', error, { ...id }),
    );
  return ofChild(child, process, runtime.now);
}

/** The file, or why there is none. */
function openOutput(runtime: ProcessParts, { resource, replica }: ReplicaId) {
  try {
    return runtime.outputs.open(resource, replica);
  } catch (error) {
    return `its output file cannot be opened (${errorCode(error) ?? 'unknown reason'})`;
  }
}

function failed(code: string, message: string): Begun {
  return { status: 'failed', code, message };
}
