import type { AlertRecord } from '@vigil/contracts';
import type { ResourceId } from '@vigil/manifests';
import {
  endAlert,
  stepAlert,
  type AlertState,
  type Evaluation,
  type GroupResult,
  type Labels,
  type Truth,
} from '@vigil/policy';
import { stableId } from '../stable-id.js';
import type { AlertGroup } from './alert-group.js';
import type { CompiledPolicy } from './compiled-policy.js';

/** More samples than these explain nothing more. */
const MAX_EVIDENCE = 20;

export interface PolicyStep {
  /** What is pending or firing now. */
  readonly groups: readonly AlertGroup[];
  /** News, to be published: alerts that began to fire, and alerts that were resolved. */
  readonly events: readonly AlertRecord[];
}

export interface StepInput {
  readonly policy: CompiledPolicy;
  readonly groups: readonly AlertGroup[];
  readonly evaluation: Evaluation;
  /** The evaluation of `clears`; absent when the policy has none. */
  readonly clears: Evaluation | undefined;
  /** Groups that this evaluation says nothing about stay as they are. */
  readonly concerns: (labels: Labels) => boolean;
  /** What an alert with these labels is about; `excluded`: the policy does not apply to it. */
  readonly targetOf: (labels: Labels) => ResourceId | 'excluded' | undefined;
  /** What the alert is about has left the fleet: without data it ends. */
  readonly isGone: (group: AlertGroup) => boolean;
  readonly now: number;
}

/** The alerts of a policy after one evaluation. Pure. */
export function stepPolicy(input: StepInput): PolicyStep {
  const known = new Map(input.groups.map((group) => [group.key, group]));
  const groups: AlertGroup[] = [];
  const events: AlertRecord[] = [];
  const take = (result: GroupResult, previous: AlertGroup | undefined) => {
    if (input.targetOf(result.labels) === 'excluded') {
      if (previous !== undefined) events.push(...endGroup(previous, input.now));
      return;
    }
    if (previous !== undefined && hasNoData(result) && input.isGone(previous)) {
      events.push(...endGroup(previous, input.now));
      return;
    }
    const { group, event } = stepGroup(result, previous, input);
    if (group !== undefined) groups.push(group);
    if (event !== undefined) events.push(event);
  };
  for (const result of input.evaluation.results) {
    const previous = known.get(result.key);
    known.delete(result.key);
    take(result, previous);
  }
  for (const group of known.values()) {
    if (input.concerns(group.labels)) take(input.evaluation.missing(group.labels), group);
    else groups.push(group);
  }
  return { groups, events };
}

/** Nothing is known, and there is no sample that could tell more later. */
function hasNoData({ truth, evidence }: GroupResult): boolean {
  return truth === 'unknown' && evidence.length === 0;
}

/** The end of groups whose policy, target or source was removed: what fired is resolved. */
export function endGroup(group: AlertGroup, now: number): readonly AlertRecord[] {
  const { next, transition } = endAlert(group.state, now);
  if (transition === undefined || group.record === undefined) return [];
  return [resolvedRecord(group.record, next, now)];
}

function stepGroup(
  result: GroupResult,
  previous: AlertGroup | undefined,
  input: StepInput,
): { readonly group?: AlertGroup; readonly event?: AlertRecord } {
  const { policy, now } = input;
  const { keepFiringForMs } = policy.declared.policy.spec;
  const clears = clearsFor(result, input.clears);
  const { next, transition } = stepAlert(
    previous?.state,
    {
      truth: result.truth,
      pending: result.pending,
      since: activeSince(result, previous),
      ...(clears === undefined ? {} : { clears }),
    },
    keepFiringForMs === undefined ? {} : { keepFiringForMs },
    now,
  );
  const fired = transition?.to === 'firing' ? firingRecord(result, next, input) : undefined;
  const record = fired ?? previous?.record;
  if (transition?.to === 'resolved') {
    return record === undefined ? {} : { event: resolvedRecord(record, next, now) };
  }
  if (next.phase !== 'pending' && next.phase !== 'firing') return {};
  const group = { key: result.key, labels: result.labels, state: next, record };
  return {
    group: { ...group, truth: result.truth },
    ...(fired === undefined ? {} : { event: fired }),
  };
}

/**
 * Since when the condition has been true. An evaluation looks back no further than its windows; what
 * was pending before knows better, and gives the alert the same id in every process.
 */
function activeSince({ since }: GroupResult, previous: AlertGroup | undefined): number | undefined {
  const known = previous?.state.phase === 'pending' ? previous.state.activeSince : undefined;
  if (since === undefined || known === undefined) return since ?? known;
  return Math.min(since, known);
}

/** What `clears` says about the same labels. */
function clearsFor(
  { key, labels }: GroupResult,
  clears: Evaluation | undefined,
): Truth | undefined {
  if (clears === undefined) return undefined;
  const same = clears.results.find((result) => result.key === key);
  return (same ?? clears.missing(labels)).truth;
}

function firingRecord(result: GroupResult, state: AlertState, input: StepInput): AlertRecord {
  const { policy, now } = input;
  const { spec } = policy.declared.policy;
  const activeAt = Math.round(state.activeSince ?? now);
  const id = stableId('alert', policy.id, result.key, activeAt);
  const target = input.targetOf(result.labels);
  return {
    id,
    policy: policy.id,
    ...(target === undefined || target === 'excluded' ? {} : { resource: target }),
    labels: { ...result.labels },
    condition: spec.condition,
    severity: spec.severity,
    state: 'firing',
    ...(result.value === undefined ? {} : { value: result.value }),
    activeAt,
    firedAt: now,
    evidence: result.evidence.slice(0, MAX_EVIDENCE).map(({ labels, ...sample }) => {
      const { source = '', ...others } = labels;
      return { ...sample, source, labels: others };
    }),
    correlationId: stableId('cor', id),
  };
}

function resolvedRecord(record: AlertRecord, state: AlertState, now: number): AlertRecord {
  return { ...record, state: 'resolved', resolvedAt: state.resolvedAt ?? now };
}
