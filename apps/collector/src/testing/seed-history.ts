import {
  ActionEntity,
  ActionTransitionEntity,
  AlertEntity,
  DecisionEntity,
  DriftEventEntity,
  ManifestEntity,
  ResourceStatusEntity,
  SourceEntity,
  type Database,
} from '@vigil/storage';

export const WEB = 'production/Service/web';
export const CORRELATION = 'c-past';

const T0 = Date.UTC(2026, 10, 21, 10);
const HOUR = 3_600_000;

/**
 * A past as the other services record it: a service whose CPU was too high and that was restarted,
 * and an hour later is missing and waits for an approval.
 */
export async function seedHistory(database: Database): Promise<void> {
  await database.transaction(async (manager) => {
    await manager.insert(AlertEntity, {
      id: 'al-1',
      policy: 'production/Policy/cpu',
      resource: WEB,
      labels: { resource: WEB },
      condition: 'cpu_usage > 80% for 5m',
      severity: 'warning',
      state: 'resolved',
      value: 93,
      activeAt: T0 - 300_000,
      firedAt: T0,
      resolvedAt: T0 + 6_000,
      evidence: [
        { metric: 'cpu_usage', source: 'web-1', labels: {}, timestamp: T0 - 1_000, value: 93 },
      ],
      correlationId: CORRELATION,
    });
    await manager.insert(DriftEventEntity, [
      drift('d-past', T0, CORRELATION, T0 + 5_000),
      drift('d-open', T0 + HOUR, 'c-open', null),
    ]);
    await manager.insert(DecisionEntity, [
      {
        id: 'de-1',
        at: T0,
        correlationId: CORRELATION,
        resource: WEB,
        causes: [],
        outcome: 'requested',
        code: 'requested',
        message: 'restart of production/Service/web is requested',
        actionId: 'a-past',
      },
    ]);
    await manager.insert(ActionEntity, [
      action('a-past', T0 + 10, { status: 'succeeded', completedAt: T0 + 5_000 }),
      action('a-pending', T0 + HOUR + 10, {
        status: 'pending_approval',
        correlationId: 'c-open',
        planHash: 'hash-1',
        plan: { operations: [], hash: 'hash-1', maxUnavailable: 1 },
        reason: { code: 'mode-approve', message: 'the mode is approve', gate: 'mode' },
        expiresAt: T0 + 2 * HOUR,
      }),
    ]);
    await manager.insert(ActionTransitionEntity, [
      transition(0, T0 + 10, 'requested', {}),
      transition(1, T0 + 20, 'transition', { fromState: 'queued', toState: 'running' }),
      transition(2, T0 + 30, 'operation-issued', { entry: { host: 'web-1', at: T0 + 30 } }),
      transition(3, T0 + 5_000, 'transition', { fromState: 'verifying', toState: 'succeeded' }),
    ]);
    await manager.insert(ManifestEntity, [
      manifest('production/Service/web', 1, false),
      manifest('production/Service/web', 2, true),
      manifest('production/Policy/cpu', 1, true),
    ]);
    await manager.insert(ResourceStatusEntity, [
      status(WEB, 'OutOfSync', 'Missing', false),
      status('production/Service/old', 'OutOfSync', 'Degraded', false),
      status('production/Service/gone', 'Synced', 'Healthy', true),
    ]);
    await manager.insert(SourceEntity, {
      name: 'default',
      kind: 'directory',
      location: '/srv/manifests',
      status: 'Rejected',
      message: '1 error',
      revision: 'r1',
      resources: 2,
      triedRevision: 'r2',
      errors: [
        { file: 'bad.yaml', line: 7, column: 3, path: '/spec', message: 'found a, expected b' },
      ],
      warnings: [],
      lastAttemptAt: T0,
      lastSuccessAt: T0 - HOUR,
    });
  });
}

function drift(id: string, detectedAt: number, correlationId: string, resolvedAt: number | null) {
  return {
    id,
    resourceName: WEB,
    host: 'web-1',
    driftType: 'missing',
    class: 'corrective',
    path: '/replicas',
    severity: 'critical',
    score: 80,
    currentState: 0,
    desiredState: 1,
    state: resolvedAt === null ? 'open' : 'resolved',
    detectedAt,
    updatedAt: resolvedAt ?? detectedAt,
    resolvedAt,
    correlationId,
  };
}

function action(id: string, startedAt: number, over: Partial<ActionEntity>): ActionEntity {
  return {
    id,
    correlationId: CORRELATION,
    target: WEB,
    action: 'restart',
    status: 'requested',
    details: {},
    startedAt,
    completedAt: null,
    updatedAt: startedAt,
    sequence: 3,
    attempt: 1,
    mode: 'auto',
    source: 'default',
    requestedBy: 'evaluator',
    causes: [{ kind: 'drift', key: 'k', driftId: 'd', driftType: 'missing', severity: 'critical' }],
    plan: null,
    planHash: null,
    reason: null,
    nextAttemptAt: null,
    expiresAt: null,
    ...over,
  };
}

function transition(
  sequence: number,
  at: number,
  kind: string,
  over: Partial<ActionTransitionEntity>,
): ActionTransitionEntity {
  return {
    actionId: 'a-past',
    sequence,
    at,
    actor: 'remediator',
    correlationId: CORRELATION,
    target: WEB,
    kind,
    fromState: null,
    toState: null,
    reason: null,
    entry: { at },
    ...over,
  };
}

function manifest(resource: string, version: number, current: boolean) {
  const [namespace = '', kind = '', name = ''] = resource.split('/');
  return {
    resource,
    namespace,
    kind,
    name,
    content: { kind, metadata: { name }, spec: { replicas: 1 } },
    version,
    checksum: String(version).repeat(64),
    source: 'default',
    revision: `r${version}`,
    generation: version,
    file: `${name}.yaml`,
    line: 3,
    current,
    createdAt: T0,
  };
}

function status(
  resource: string,
  sync: string,
  health: string,
  removed: boolean,
): ResourceStatusEntity {
  return {
    resource,
    source: null,
    sync,
    health,
    message: null,
    desiredReplicas: 1,
    readyReplicas: 0,
    desiredDigest: null,
    heldDigest: null,
    replicas: [],
    removed,
    at: T0,
  };
}
