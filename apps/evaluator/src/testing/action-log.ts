import type {
  ActionLogEntry,
  ActionReason,
  ActionRequest,
  ActionState,
  Cause,
  ReplicaObservation,
} from '@vigil/contracts';
import { id, T0 } from './fixtures.js';

export const driftCause = (key: string): Cause => ({
  kind: 'drift',
  key,
  driftId: `drift-${key}`,
  driftType: 'missing',
  severity: 'warning',
});

/** A request to start `default/web` on host `h`. */
export function actionRequest(
  actionId: string,
  causeKeys: readonly string[],
  change: Partial<ActionRequest> = {},
): ActionRequest {
  return {
    actionId,
    correlationId: `cor-${actionId}`,
    resource: id('default/web'),
    action: 'start',
    causes: causeKeys.map(driftCause),
    attempt: 1,
    targets: [{ replica: 0, host: 'h' }],
    mode: 'auto',
    requestedAt: T0,
    observedAt: T0,
    ...change,
  };
}

const BEFORE: Partial<Record<ActionState, ActionState>> = {
  suppressed: 'requested',
  cancelled: 'requested',
  rejected: 'pending_approval',
  expired: 'pending_approval',
  rolled_back: 'rolling_back',
};

type Deferred = Extract<ActionLogEntry, { kind: 'transition' }>['deferred'];

/** The log of an action that reached a state; entries are 1 ms apart, the last one is at `at`. */
export function actionLog(
  request: ActionRequest,
  to: ActionState,
  at: number,
  options: {
    reason?: ActionReason;
    effectAt?: number;
    deferred?: Deferred;
    /** The replica after the operation that had the effect. */
    left?: ReplicaObservation;
  } = {},
): ActionLogEntry[] {
  const { actionId, correlationId, resource } = request;
  const about = { actionId, correlationId, resource, actor: 'remediator' };
  const entries: ActionLogEntry[] = [
    { ...about, sequence: 0, at: at - 2, kind: 'requested', request },
  ];
  if (options.effectAt !== undefined) {
    entries.push({
      ...about,
      sequence: 1,
      at: at - 1,
      kind: 'operation-finished',
      index: 0,
      commandId: `${actionId}.0`,
      rollback: false,
      result: {
        commandId: `${actionId}.0`,
        actionId,
        host: request.targets[0]?.host ?? 'h',
        status: 'succeeded',
        startedAt: options.effectAt,
        effectAt: options.effectAt,
        finishedAt: options.effectAt,
        ...(options.left === undefined ? {} : { observation: options.left }),
      },
    });
  }
  if (to === 'requested') return entries;
  entries.push({
    ...about,
    sequence: 2,
    at,
    kind: 'transition',
    from: BEFORE[to] ?? 'verifying',
    to,
    ...(options.reason === undefined ? {} : { reason: options.reason }),
    ...(options.deferred === undefined ? {} : { deferred: options.deferred }),
  });
  return entries;
}

/** The log of an action whose first operation was sent. */
export function operationIssued(request: ActionRequest, at: number): ActionLogEntry[] {
  const { actionId, correlationId, resource, targets } = request;
  const about = { actionId, correlationId, resource, actor: 'remediator' };
  const target = targets[0] ?? { replica: 0, host: 'h' };
  return [
    { ...about, sequence: 0, at: at - 1, kind: 'requested', request },
    {
      ...about,
      sequence: 1,
      at,
      kind: 'operation-issued',
      index: 0,
      commandId: `${actionId}.0`,
      host: target.host,
      rollback: false,
      operation: {
        kind: 'stop',
        resource,
        replica: target.replica,
        precondition: { kind: 'any' },
        gracePeriodMs: 0,
        forget: false,
      },
    },
  ];
}
