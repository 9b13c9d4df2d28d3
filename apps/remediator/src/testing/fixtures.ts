import type {
  ActionRequest,
  ActionTarget,
  Cause,
  ReplicaHealth,
  ReplicaObservation,
  StateSnapshot,
} from '@vigil/contracts';
import { resourceId, type Remediation, type Service, type ServiceSpec } from '@vigil/manifests';

/** What tests are made of. Everything can be overridden. */
export const WEB = resourceId({ namespace: 'production', kind: 'Service', name: 'web' });
export const HOST = 'host-a';

/** A digest that is easy to tell from others in a failure. */
export function digest(letter: string): string {
  return letter.repeat(64).slice(0, 64);
}

export const DIGEST = digest('a');

export function service(
  spec: Partial<ServiceSpec> = {},
  remediation: Partial<Remediation> = {},
): Service {
  return {
    apiVersion: 'vigil.io/v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'production', labels: {} },
    spec: {
      runtime: 'process',
      replicas: 1,
      command: ['node', 'server.js'],
      env: {},
      ports: [],
      volumes: [],
      stopGracePeriodMs: 500,
      dependsOn: [],
      remediation: {
        restartThreshold: 3,
        cooldownPeriodMs: 300_000,
        maxUnavailable: 1,
        killAfterMs: 200,
        stableAfterMs: 30_000,
        maxRestarts: 5,
        ...remediation,
      },
      drift: { ignore: [] },
      prune: false,
      ...spec,
    },
  };
}

export function driftCause(
  key: string,
  driftType: 'missing' | 'health' | 'config' = 'missing',
  place: { readonly host?: string; readonly replica?: number } = {},
): Cause {
  return { kind: 'drift', key, driftId: `drift-${key}`, driftType, severity: 'critical', ...place };
}

export function policyCause(key: string, policy = 'memory-leak'): Cause {
  return { kind: 'policy', key, alertId: `alert-${key}`, policy, severity: 'warning' };
}

export function target(replica = 0, more: Partial<ActionTarget> = {}): ActionTarget {
  return { replica, host: HOST, ...more };
}

export function request(more: Partial<ActionRequest> = {}): ActionRequest {
  const actionId = more.actionId ?? 'action-1';
  return {
    actionId,
    correlationId: `correlation-${actionId}`,
    resource: WEB,
    action: 'start',
    causes: [driftCause(`cause-${actionId}`)],
    attempt: 1,
    targets: [target()],
    service: service(),
    desiredDigest: DIGEST,
    source: 'default',
    mode: 'auto',
    requestedAt: 1_000,
    observedAt: 1_000,
    ...more,
  };
}

export function operator(more: Partial<NonNullable<ActionRequest['operator']>> = {}) {
  return { actor: 'ada', reason: 'because', force: false, dryRun: false, ...more };
}

export function health(
  status: ReplicaHealth['status'] = 'none',
  more: Partial<ReplicaHealth> = {},
): ReplicaHealth {
  return { status, consecutiveFailures: status === 'unhealthy' ? 3 : 0, ...more };
}

export function observation(more: Partial<ReplicaObservation> = {}): ReplicaObservation {
  return {
    resource: WEB,
    replica: 0,
    runtime: 'process',
    instance: 'launch-1',
    state: 'running',
    suspended: false,
    pid: 4242,
    startedAt: 500,
    specDigest: DIGEST,
    config: { command: ['node', 'server.js'], env: {}, ports: [] },
    health: health(),
    ...more,
  };
}

export function snapshot(
  counter: number,
  replicas: readonly ReplicaObservation[],
  observedAt = counter,
): StateSnapshot {
  return {
    sequence: { epoch: 1, counter },
    observedAt,
    agentVersion: 'test',
    runtimes: ['process'],
    stopped: false,
    replicas: [...replicas],
  };
}
