import { resourceId, type Service } from '@vigil/manifests';
import type { CandidateHost, ComparisonInput, DesiredService, ReplicaState } from '../drift.js';

export const WEB = resourceId({ namespace: 'production', kind: 'Service', name: 'web' });

/** A canonical process service with defaults; `spec` replaces fields of it. */
export function service(
  spec: Partial<Service['spec']> = {},
  labels: Readonly<Record<string, string>> = {},
): Service {
  return {
    apiVersion: 'vigil.io/v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'production', labels: { ...labels } },
    spec: {
      runtime: 'process',
      replicas: 1,
      command: ['node', 'server.js'],
      env: { MODE: 'live' },
      ports: [{ port: 80 }],
      volumes: [],
      stopGracePeriodMs: 10_000,
      healthCheck: {
        kind: 'http',
        endpoint: '/health',
        port: 80,
        intervalMs: 1000,
        timeoutMs: 500,
        retryIntervalMs: 333,
        failureThreshold: 3,
        startPeriodMs: 30_000,
      },
      dependsOn: [],
      remediation: {
        restartThreshold: 3,
        cooldownPeriodMs: 300_000,
        maxUnavailable: 1,
        killAfterMs: 200,
        stableAfterMs: 30_000,
        maxRestarts: 5,
      },
      drift: { ignore: [] },
      prune: false,
      ...spec,
    },
  };
}

/** A replica that runs as its manifest says. */
export function launched(
  { service: { spec }, digest }: DesiredService,
  replica: number,
  changes: Partial<ReplicaState> = {},
): ReplicaState {
  return {
    replica,
    runtime: spec.runtime,
    instance: `launch-${replica}`,
    state: 'running',
    specDigest: digest,
    config: {
      command: [...(spec.entrypoint ?? []), ...(spec.command ?? [])],
      env: spec.env,
      workingDir: spec.workingDir,
      user: spec.user,
      ports: spec.ports.map(({ hostPort, ...port }) => ({
        ...port,
        hostPort: hostPort ?? 30_000 + replica,
        fixed: hostPort !== undefined,
      })),
      healthCheck: spec.healthCheck,
    },
    health: { status: 'healthy' },
    ...changes,
  };
}

export function host(name: string, changes: Partial<CandidateHost> = {}): CandidateHost {
  return { host: name, labels: {}, runtimes: ['process'], reachable: true, ...changes };
}

/** One host `a`, one healthy replica on it, nothing wrong. */
export function fleet(changes: Partial<ComparisonInput> = {}): ComparisonInput {
  const effective = changes.effective ?? { service: service(), digest: 'd1' };
  return {
    resource: WEB,
    effective,
    hosts: [host('a')],
    placement: [],
    observed: [{ host: 'a', replica: launched(effective, 0) }],
    ...changes,
  };
}
