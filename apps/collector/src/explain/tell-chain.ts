import { isFinalActionState, type Explanation, type ExplainStep } from '@vigil/contracts';
import type {
  ActionEntity,
  ActionTransitionEntity,
  AlertEntity,
  DecisionEntity,
  DriftEventEntity,
} from '@vigil/storage';
import { toTimelineEntry } from '../actions/actions.store.js';
import { toAlertView } from '../alerts/alerts.store.js';
import { toDriftView } from '../drift/drift.store.js';
import { instant, present } from '../http/instant.js';
import { withInstants } from '../http/with-instants.js';
import type { ChainRows } from './chain.store.js';

/** What causes stands before what it caused, also within the same millisecond. */
const CAUSAL_ORDER: Readonly<Record<ExplainStep['kind'], number>> = {
  evidence: 0,
  alert: 1,
  drift: 2,
  decision: 3,
  action: 4,
  outcome: 5,
};

/** The story of a correlation id: samples → condition → drift → decision → action → outcome. */
export function tellChain(correlationId: string, rows: ChainRows): Explanation {
  const steps = [
    ...rows.alerts.flatMap(stepsOfAlert),
    ...rows.drift.flatMap(stepsOfDrift),
    ...rows.decisions.map(stepOfDecision),
    ...rows.transitions.toSorted((a, b) => a.sequence - b.sequence).map(stepOfTransition),
  ].sort(byTimeAndCause);
  const resources = new Set(
    steps.flatMap(({ resource }) => (resource === undefined ? [] : [resource])),
  );
  return { correlationId, resources: [...resources], summary: summaryOf(rows, steps), steps };
}

function byTimeAndCause(left: ExplainStep, right: ExplainStep): number {
  if (left.at !== right.at) return left.at < right.at ? -1 : 1;
  return CAUSAL_ORDER[left.kind] - CAUSAL_ORDER[right.kind];
}

function stepsOfAlert(row: AlertEntity): ExplainStep[] {
  const alert = toAlertView(row);
  const about = present({ resource: alert.resource });
  const fired: ExplainStep = {
    at: alert.firedAt,
    kind: 'alert',
    summary: `${alert.policy}: ${alert.condition} has held since ${alert.activeAt}`,
    id: alert.id,
    ...about,
    data: { ...alert },
  };
  const evidence = alert.evidence.map((sample): ExplainStep => ({
    at: sample.timestamp,
    kind: 'evidence',
    summary: `${sample.metric}${labelsText(sample.labels)} of ${sample.source} was ${sample.value}`,
    ...about,
    data: { ...sample },
  }));
  if (alert.resolvedAt === undefined) return [...evidence, fired];
  const resolved: ExplainStep = {
    at: alert.resolvedAt,
    kind: 'outcome',
    summary: `${alert.policy}: the condition no longer holds`,
    id: alert.id,
    ...about,
    data: { state: alert.state },
  };
  return [...evidence, fired, resolved];
}

function stepsOfDrift(row: DriftEventEntity): ExplainStep[] {
  const drift = toDriftView(row);
  const { resource, id } = drift;
  const where = drift.host === undefined ? '' : ` on ${drift.host}`;
  const detected: ExplainStep = {
    at: drift.detectedAt,
    kind: 'drift',
    summary: `${resource}${where}: ${drift.type} at ${drift.path === '' ? '/' : drift.path}: found ${shortJson(drift.observed)}, wanted ${shortJson(drift.desired)}${attributed(drift.attribution)}`,
    resource,
    id,
    data: { ...drift },
  };
  if (drift.resolvedAt === undefined) return [detected];
  const resolved: ExplainStep = {
    at: drift.resolvedAt,
    kind: 'outcome',
    summary: `${resource}${where}: the ${drift.type} drift is resolved`,
    resource,
    id,
    data: { state: drift.state },
  };
  return [detected, resolved];
}

function stepOfDecision(row: DecisionEntity): ExplainStep {
  const { id, outcome, code, message, actionId, causes, nextAttemptAt } = row;
  return {
    at: instant(row.at),
    kind: 'decision',
    summary: outcome === 'requested' ? message : `nothing is done: ${message}`,
    id,
    ...present({ resource: row.resource }),
    data: present({
      outcome,
      code,
      actionId,
      causes,
      nextAttemptAt: nextAttemptAt === null ? undefined : instant(nextAttemptAt),
    }),
  };
}

function stepOfTransition(row: ActionTransitionEntity): ExplainStep {
  const entry = toTimelineEntry(row);
  const ended = entry.to !== undefined && isFinalActionState(entry.to);
  return {
    at: entry.at,
    kind: ended ? 'outcome' : 'action',
    summary: transitionText(row),
    resource: row.target,
    id: row.actionId,
    data: { ...entry },
  };
}

function transitionText(row: ActionTransitionEntity): string {
  const entry = toTimelineEntry(row);
  const why = entry.reason === undefined ? '' : `: ${entry.reason.message}`;
  switch (row.kind) {
    case 'requested':
      return `the action was requested by ${row.actor}`;
    case 'operation-issued':
      return `an operation was sent to ${textOr(entry.details['host'], 'its host')}`;
    case 'operation-finished':
      return `the operation has ended: ${statusOfResult(entry.details['result'])}`;
    default:
      return entry.to === undefined ? row.kind : `${entry.from ?? '?'} → ${entry.to}${why}`;
  }
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

function statusOfResult(result: unknown): string {
  const known = typeof result === 'object' && result !== null && 'status' in result;
  return known ? String(result.status) : 'unknown';
}

function summaryOf(rows: ChainRows, steps: readonly ExplainStep[]): string {
  const newest = rows.actions.toSorted((a, b) => b.startedAt - a.startedAt)[0];
  if (newest !== undefined) return actionText(newest);
  const decision = rows.decisions.toSorted((a, b) => b.at - a.at)[0];
  if (decision !== undefined) return decision.message;
  return steps.at(-1)?.summary ?? 'nothing is known';
}

/** One sentence about where an action stands. */
export function actionText(action: ActionEntity): string {
  const reason = withInstants(action.reason);
  const message =
    typeof reason === 'object' && reason !== null && 'message' in reason
      ? `: ${String(reason.message)}`
      : '';
  return `${action.action} of ${action.target} is ${action.status}${message}`;
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return pairs.length === 0 ? '' : `{${pairs.join(', ')}}`;
}

function attributed(attribution: string | undefined): string {
  return attribution === undefined ? '' : `; ${attribution}`;
}

function shortJson(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 117)}…` : text;
}
