import { setTimeout as pause } from 'node:timers/promises';
import { replicaKey, type Launch, type ReplicaRecord } from '../state/agent-document.js';
import type { FoundProcess } from './host-processes.js';
import type { ProcessSupervisor } from './process-supervisor.js';
import type { Runtime } from './runtime.js';
import { signalGroup } from './signal-group.js';

/** A child that was forked when the agent was killed needs a moment until it has its environment. */
const SECOND_LOOK_MS = 200;

/**
 * After a start of the agent: finds the processes that it left behind, takes up those that live,
 * and notes those that have died. A launch that was only intended is found by the instance id in the
 * environment of its process, so that a crash between spawning and writing down forgets none.
 */
export async function recoverReplicas(
  runtime: Runtime,
  supervisor: ProcessSupervisor,
): Promise<void> {
  const records = [...runtime.state.replicas()];
  await settleIntentions(runtime, records);
  await noteTheDead(runtime, records);
  for (const record of records) {
    const { resource, replica } = record;
    const { launch } = runtime.state.replica(resource, replica) ?? {};
    runtime.ports.remember(replicaKey(resource, replica), launch?.ports ?? []);
    supervisor.adopt(resource, replica, launch?.end === undefined ? launch : undefined);
  }
}

async function settleIntentions(
  runtime: Runtime,
  records: readonly Readonly<ReplicaRecord>[],
): Promise<void> {
  const intended = records.filter((record) => record.intended !== undefined);
  if (intended.length === 0) return;
  const instances = new Set(intended.flatMap(({ intended: launch }) => launch?.instance ?? []));
  await pause(SECOND_LOOK_MS);
  const found = runtime.processes.findByInstance(instances);
  for (const { resource, replica, intended: launch } of intended) {
    if (launch === undefined) continue;
    const id = { resource, replica, instance: launch.instance };
    const members = found.get(launch.instance) ?? [];
    const leader = members.find(({ identity, processGroup }) => identity.pid === processGroup);
    if (leader === undefined) {
      killAll(members);
      runtime.log.warn('a launch was cut off by the end of the agent', { ...id });
      await runtime.state.record({ type: 'launch.failed', ...id });
    } else {
      runtime.log.info('found the process of a launch that was cut off', { ...id });
      await runtime.state.record({ type: 'launch.spawned', ...id, process: leader.identity });
    }
  }
}

async function noteTheDead(
  runtime: Runtime,
  records: readonly Readonly<ReplicaRecord>[],
): Promise<void> {
  const dead = records.flatMap(({ resource, replica, launch }) =>
    launch !== undefined && launch.end === undefined && !isAlive(runtime, launch)
      ? [{ resource, replica, launch }]
      : [],
  );
  if (dead.length === 0) return;
  const left = runtime.processes.findByInstance(new Set(dead.map(({ launch }) => launch.instance)));
  for (const { resource, replica, launch } of dead) {
    // children of a leader that died meanwhile would keep its port
    killAll(left.get(launch.instance) ?? []);
    await runtime.state.record({
      type: 'launch.ended',
      resource,
      replica,
      instance: launch.instance,
      end: { at: runtime.now(), by: 'itself' },
    });
  }
}

function isAlive(runtime: Runtime, launch: Launch): boolean {
  return launch.process !== undefined && runtime.processes.stateOf(launch.process) !== 'gone';
}

function killAll(processes: readonly FoundProcess[]): void {
  for (const { processGroup } of processes) signalGroup(processGroup, 'SIGKILL');
}
