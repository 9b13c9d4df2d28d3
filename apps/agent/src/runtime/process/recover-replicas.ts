import { setTimeout as pause } from 'node:timers/promises';
import { replicaKey, type Launch, type ReplicaRecord } from '../../state/agent-document.js';
import type { ProcessSupervisor } from './process-supervisor.js';
import type { ProcessParts } from './process-parts.js';
import { killGroupOf } from './signal-group.js';
import { bearersOf, describeProcesses, processOfLaunch } from './whose-process.js';

/** A child that was forked when the agent was killed needs a moment until it has its environment. */
const SECOND_LOOK_MS = 200;

/** What the processes of ended launches have left behind, for people, by instance id. */
type LeftBehind = Map<string, string>;

/**
 * After a start of the agent: finds the processes that it left behind, takes up those that live,
 * and notes those that have died. A launch that was only intended is found by the instance id in the
 * environment of its process, so that a crash between spawning and writing down forgets none.
 */
export async function recoverReplicas(
  runtime: ProcessParts,
  supervisor: ProcessSupervisor,
): Promise<void> {
  const records = [...runtime.state.replicas()];
  await settleIntentions(runtime, records);
  const leftBehind = await noteTheDead(runtime, records);
  for (const record of records) {
    const { resource, replica } = record;
    const { launch } = runtime.state.replica(resource, replica) ?? {};
    runtime.ports.remember(replicaKey(resource, replica), launch?.ports ?? []);
    supervisor.adopt(resource, replica, launch?.end === undefined ? launch : undefined);
    const detail = launch && leftBehind.get(launch.instance);
    if (launch !== undefined && detail !== undefined) {
      supervisor.annotate(resource, replica, { instance: launch.instance, detail });
    }
  }
}

async function settleIntentions(
  runtime: ProcessParts,
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
    const bearers = found.get(launch.instance) ?? [];
    const process = processOfLaunch(bearers, runtime.now() - launch.startedAt);
    if (process === undefined) {
      // without its own process nothing proves what of it may be ended
      const left = bearers.length === 0 ? {} : { leftRunning: describeProcesses(bearers) };
      runtime.log.warn('a launch was cut off by the end of the agent', { ...id, ...left });
      await runtime.state.record({ type: 'launch.failed', ...id });
    } else {
      runtime.log.info('found the process of a launch that was cut off', { ...id });
      await runtime.state.record({ type: 'launch.spawned', ...id, process: process.identity });
    }
  }
}

/** Ends what is surely a part of replicas whose process died meanwhile; returns what else there is. */
async function noteTheDead(
  runtime: ProcessParts,
  records: readonly Readonly<ReplicaRecord>[],
): Promise<LeftBehind> {
  const leftBehind: LeftBehind = new Map();
  const dead = records.flatMap(({ resource, replica, launch }) =>
    launch !== undefined && launch.end === undefined && !isAlive(runtime, launch)
      ? [{ resource, replica, launch }]
      : [],
  );
  if (dead.length === 0) return leftBehind;
  const { processes } = runtime;
  const found = processes.findByInstance(new Set(dead.map(({ launch }) => launch.instance)));
  for (const { resource, replica, launch } of dead) {
    const id = { resource, replica, instance: launch.instance };
    const { own, others } = bearersOf(launch.process, found.get(launch.instance) ?? [], processes);
    // workers of a leader that died would keep its port
    if (own.length > 0 && launch.process !== undefined) killGroupOf(launch.process, processes);
    if (others.length > 0) {
      const detail = `left running outside of its process group: ${describeProcesses(others)}`;
      leftBehind.set(launch.instance, detail);
      runtime.log.warn('a replica that has ended left processes behind', { ...id, detail });
    }
    const end = { at: runtime.now(), by: 'itself' } as const;
    await runtime.state.record({ type: 'launch.ended', ...id, end });
  }
  return leftBehind;
}

function isAlive(runtime: ProcessParts, launch: Launch): boolean {
  return launch.process !== undefined && runtime.processes.stateOf(launch.process) !== 'gone';
}
