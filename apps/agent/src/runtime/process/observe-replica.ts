import type { ReplicaHealth, ReplicaObservation } from '@vigil/contracts';
import type { Launch, ReplicaRecord } from '../../state/agent-document.js';
import type { ProcessState } from './host-processes.js';
import { argumentsOf } from './launch-process.js';

/** A replica as it is told to the control plane. Secrets stay references. */
export function observeReplica(
  record: Pick<ReplicaRecord, 'resource' | 'replica'>,
  launch: Launch,
  health: ReplicaHealth,
  processState: ProcessState,
): ReplicaObservation {
  const { spec, end, process } = launch;
  const isRunning = end === undefined;
  return {
    resource: record.resource,
    replica: record.replica,
    runtime: 'process',
    instance: launch.instance,
    state: isRunning ? 'running' : end.by === 'command' ? 'stopped' : 'exited',
    suspended: isRunning && processState === 'suspended',
    ...(isRunning && process !== undefined ? { pid: process.pid } : {}),
    startedAt: launch.startedAt,
    ...(end === undefined ? {} : { exitedAt: end.at }),
    ...(end?.exitCode === undefined ? {} : { exitCode: end.exitCode }),
    ...(end?.signal === undefined ? {} : { signal: end.signal }),
    specDigest: launch.specDigest,
    config: {
      command: argumentsOf(spec),
      env: spec.env,
      ...(spec.workingDir === undefined ? {} : { workingDir: spec.workingDir }),
      ...(spec.user === undefined ? {} : { user: spec.user }),
      ports: launch.ports,
      ...(spec.healthCheck === undefined ? {} : { healthCheck: spec.healthCheck }),
    },
    health,
  };
}
