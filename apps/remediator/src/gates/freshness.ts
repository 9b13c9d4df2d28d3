import type { ActionTarget, ReplicaObservation } from '@vigil/contracts';
import { kindOf } from '../action/action-kind.js';
import type { ActionTrace } from '../history/action-trace.js';
import { planAction, type SkippedTarget } from '../plan/plan-action.js';
import { defineGate, narrow, PASS, stop, type GateFacts, type Verdict } from './gate.js';

/** Wait after an agent did not answer, milliseconds: doubles while it stays silent, up to a minute. */
const FIRST_RETRY_MS = 2_000;
const RETRY_CAP_MS = 60_000;

/** Wait after something else was found than the request was about, milliseconds. */
const CHANGED_RETRY_MS = 1_000;

/**
 * Gate 4: the fault is looked at once more right before anything is done about it. Gone: nothing is
 * done. No answer: nothing is known, so nothing is done either. For a person's own request a fault
 * is no condition, an answer is.
 */
export const freshnessGate = defineGate({
  name: 'freshness',
  needs: ['targets', 'live', 'specs', 'history', 'now'],
  appliesTo: (request) => request.action !== 'notify' && request.targets.length > 0,
  check: (facts) => {
    const { targets, live, now, history, request } = facts;
    const retryAt = now + retryMs(history);
    const answered = targets.filter(({ host }) => live.has(host));
    if (answered.length === 0) return unanswered(targets, retryAt);
    const outcome = planAction({ ...facts, targets: answered, facts: merged(live) });
    if (outcome.kind === 'refused') return stop('freshness', outcome.code, outcome.message);
    const needsFault = kindOf(request) !== 'operator' && request.action !== 'scale';
    if (needsFault && outcome.plan.operations.length === 0) return gone(outcome.skipped, now);
    if (answered.length === targets.length) return PASS;
    return narrow(
      targets.map((target) => ({
        target,
        against: live.has(target.host) ? undefined : unanswered([target], retryAt).reason,
      })),
    );
  },
});

function unanswered(targets: readonly ActionTarget[], nextAttemptAt: number) {
  const hosts = [...new Set(targets.map(({ host }) => host))].slice(0, 3).join(', ');
  const message = `the agent of ${hosts} does not answer, or its runtime does not: what is there is not known`;
  return stop('freshness', 'unreachable', message, nextAttemptAt);
}

/** What all hosts said, as one map. */
export function merged(live: GateFacts['live']): ReadonlyMap<string, ReplicaObservation> {
  return new Map([...live.values()].flatMap((facts) => [...facts]));
}

function gone(skipped: readonly SkippedTarget[], now: number): Verdict {
  const message = skipped
    .map((one) => one.message)
    .join('; ')
    .slice(0, 500);
  const changed = skipped.some((one) => one.why === 'changed');
  // what is there now is another fault or none: the evaluator may look again soon
  return changed
    ? stop('freshness', 'changed', message, now + CHANGED_RETRY_MS)
    : stop('freshness', 'healed-by-itself', message);
}

function retryMs(history: readonly ActionTrace[]): number {
  const newestFirst = [...history].sort((left, right) => right.updatedAt - left.updatedAt);
  const answered = newestFirst.findIndex((trace) => trace.suppressedBy !== 'unreachable');
  const silent = answered === -1 ? newestFirst.length : answered;
  return Math.min(RETRY_CAP_MS, FIRST_RETRY_MS * 2 ** Math.min(silent, 10));
}
