import { createHash } from 'node:crypto';
import type { ReplicaObservation, StateObserved } from '@vigil/contracts';
import {
  parseResourceId,
  type HealthCheck,
  type Policy,
  type ResourceId,
  type Service,
  type ServiceSpec,
} from '@vigil/manifests';

/** Some Unix ms from which tests count. */
export const T0 = 1_763_700_000_000;

export function id(text: string): ResourceId {
  const parsed = parseResourceId(text);
  if (parsed === undefined) throw new TypeError(`${text} is no resource id`);
  return parsed;
}

export function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

export const CHECK: HealthCheck = {
  kind: 'http',
  endpoint: '/health',
  port: 80,
  intervalMs: 1_000,
  timeoutMs: 500,
  retryIntervalMs: 333,
  failureThreshold: 3,
  startPeriodMs: 1_000,
};

/** A canonical process service `default/Service/<name>`. */
export function service(name: string, spec: Partial<ServiceSpec> = {}): Service {
  return {
    apiVersion: 'vigil.io/v1',
    kind: 'Service',
    metadata: { name, namespace: 'default', labels: {} },
    spec: {
      runtime: 'process',
      replicas: 1,
      command: ['sleep', '1000'],
      env: {},
      ports: [],
      volumes: [],
      stopGracePeriodMs: 10_000,
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

/** A canonical policy `default/Policy/<name>`. */
export function policy(name: string, spec: Partial<Policy['spec']> = {}): Policy {
  return {
    apiVersion: 'vigil.io/v1',
    kind: 'Policy',
    metadata: { name, namespace: 'default', labels: {} },
    spec: { condition: 'cpu_usage > 80%', severity: 'warning', action: 'restart', ...spec },
  };
}

/** A running, healthy replica of a service, launched once. */
export function replica(
  of: Service,
  number = 0,
  change: Partial<ReplicaObservation> = {},
): ReplicaObservation {
  const { namespace, name } = of.metadata;
  const instance = `${name}-${number}-a`;
  return {
    resource: id(`${namespace}/Service/${name}`),
    replica: number,
    runtime: of.spec.runtime,
    instance,
    state: 'running',
    suspended: false,
    pid: 1000 + number,
    startedAt: T0,
    specDigest: digestOf(of),
    config: {
      command: of.spec.command ?? [],
      env: of.spec.env,
      ports: of.spec.ports.map(({ port }) => ({ port, hostPort: 40_000 + number, fixed: false })),
      ...(of.spec.healthCheck === undefined ? {} : { healthCheck: of.spec.healthCheck }),
    },
    health:
      of.spec.healthCheck === undefined
        ? { status: 'none', consecutiveFailures: 0 }
        : { status: 'healthy', consecutiveFailures: 0, lastSuccessAt: T0 },
    ...change,
  };
}

/** A snapshot of one host. */
export function snapshot(
  host: string,
  counter: number,
  replicas: readonly ReplicaObservation[],
  change: Partial<StateObserved> = {},
): StateObserved {
  return {
    host,
    hostLabels: {},
    receivedAt: T0 + counter,
    sequence: { epoch: T0, counter },
    observedAt: T0 + counter,
    agentVersion: '0.1.0',
    runtimes: ['process'],
    stopped: false,
    replicas: [...replicas],
    ...change,
  };
}
