import type { ReplicaHealth } from '@vigil/contracts';
import type { HealthCheck, ResourceId } from '@vigil/manifests';
import { execProbe } from '../../health-checks/exec-probe.js';
import { HealthMonitor } from '../../health-checks/health-monitor.js';
import { httpProbe } from '../../health-checks/http-probe.js';
import type { Probe } from '../../health-checks/probe.js';
import { tcpProbe } from '../../health-checks/tcp-probe.js';
import type { Launch } from '../../state/agent-document.js';
import { prepareLaunch, type LaunchPlan } from './launch-process.js';
import type { RuntimeEvents } from '../workload-runtime.js';

export interface LaunchMonitor {
  readonly health: ReplicaHealth;
  stop(): void;
}

/** Begins the health checks of a launch; undefined when its manifest declares none. */
export function monitorLaunch(
  replica: { readonly resource: ResourceId; readonly replica: number },
  launch: Launch,
  isFresh: boolean,
  events: RuntimeEvents,
): LaunchMonitor | undefined {
  const check = launch.spec.healthCheck;
  if (check === undefined) return undefined;
  const probe = probeOf(check, launch, () => surroundings(replica, launch));
  const monitor = new HealthMonitor(check, probe, launch.startedAt, {
    onNews: () => events.onChange(),
    onAttempt: (attempt) =>
      events.onAttempt({ ...attempt, resource: replica.resource, replica: replica.replica }),
  });
  monitor.start(isFresh);
  return monitor;
}

function probeOf(
  check: HealthCheck,
  launch: Launch,
  plan: () => Promise<LaunchPlan | undefined>,
): Probe {
  switch (check.kind) {
    case 'http':
      return httpProbe(hostPort(check.port, launch), check.endpoint);
    case 'tcp':
      return tcpProbe(hostPort(check.port, launch));
    case 'exec':
      return execProbe(check.command, plan);
  }
}

/** A check port that is not in `ports` is a fixed host port. */
function hostPort(port: number, launch: Launch): number {
  return launch.ports.find((assigned) => assigned.port === port)?.hostPort ?? port;
}

async function surroundings(
  { resource, replica }: { readonly resource: ResourceId; readonly replica: number },
  launch: Launch,
): Promise<LaunchPlan | undefined> {
  const prepared = await prepareLaunch(resource, replica, launch);
  return prepared.status === 'prepared' ? prepared.plan : undefined;
}
