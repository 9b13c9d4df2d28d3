import { isFinalActionState, type ActionLogEntry, type Plan } from '@vigil/contracts';
import { requesterOf } from '../action/action-kind.js';

type Requested = Extract<ActionLogEntry, { kind: 'requested' }>;
type Operation = Plan['operations'][number]['operation'];

/** The row of a new action. Manifests are left out: they are in `manifests`, by their digests. */
export function newActionRow(entry: Requested) {
  const { service, earlier: _earlier, ...request } = entry.request;
  return {
    id: request.actionId,
    correlationId: request.correlationId,
    target: request.resource,
    action: request.action,
    status: 'requested',
    details: {
      ...request,
      manifest: service === undefined ? null : (request.desiredDigest ?? null),
    },
    startedAt: entry.at,
    completedAt: null,
    updatedAt: entry.at,
    sequence: entry.sequence,
    attempt: request.attempt,
    mode: request.mode,
    source: request.source ?? null,
    requestedBy: requesterOf(request),
    causes: request.causes,
    plan: null,
    planHash: null,
    reason: null,
    nextAttemptAt: null,
    expiresAt: null,
  };
}

/** What an entry after the first changes in the row. */
export function changedColumns(entry: Exclude<ActionLogEntry, Requested>) {
  const common = { updatedAt: entry.at, sequence: entry.sequence };
  if (entry.kind !== 'transition') return common;
  const { to, plan, reason, expiresAt, causes } = entry;
  return {
    ...common,
    status: to,
    // what gates left out of the request is in the transition
    ...(causes === undefined ? {} : { causes }),
    // that of a roll-back is in its transition
    ...(plan === undefined || to === 'rolling_back'
      ? {}
      : { plan: briefPlan(plan), planHash: plan.hash }),
    // why it is where it is now; what explained an earlier state is in the transitions
    reason: reason ?? null,
    nextAttemptAt: reason?.nextAttemptAt ?? null,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(isFinalActionState(to) ? { completedAt: entry.at } : {}),
  };
}

/** The audit row of an entry. */
export function transitionRow(entry: ActionLogEntry) {
  const { actionId, sequence, at, actor, correlationId, resource, kind } = entry;
  const transition = kind === 'transition' ? entry : undefined;
  return {
    actionId,
    sequence,
    at,
    actor,
    correlationId,
    target: resource,
    kind,
    fromState: transition?.from ?? null,
    toState: transition?.to ?? (kind === 'requested' ? 'requested' : null),
    reason: transition?.reason ?? null,
    entry: briefEntry(entry),
  };
}

function briefEntry(entry: ActionLogEntry): object {
  switch (entry.kind) {
    case 'requested': {
      const { service: _manifest, earlier: _earlier, ...request } = entry.request;
      return { ...entry, request };
    }
    case 'transition':
      return entry.plan === undefined ? entry : { ...entry, plan: briefPlan(entry.plan) };
    case 'operation-issued':
      return { ...entry, operation: briefOperation(entry.operation) };
    case 'operation-finished':
      return entry;
  }
}

function briefPlan(plan: Plan): object {
  const operations = plan.operations.map(({ host, operation }) => ({
    host,
    operation: briefOperation(operation),
  }));
  return { ...plan, operations };
}

function briefOperation(operation: Operation): object {
  if (!('service' in operation)) return operation;
  const { service: _manifest, ...brief } = operation;
  return brief;
}
