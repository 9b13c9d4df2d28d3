import type { ActionRequest } from '@vigil/contracts';
import { kindOf } from '../action/action-kind.js';
import type { ActionTrace } from '../history/action-trace.js';
import { isSameFamily, repairDueAt } from '../history/backoff.js';
import { placeKey } from '../plan/replica-facts.js';
import { defineGate, narrow, PASS, stop, type GateFacts, type Verdict } from './gate.js';

/** For what has no manifest any more (clean-up of something that left Git): DESIGN's defaults. */
const DEFAULTS = { cooldownPeriodMs: 300_000, stableAfterMs: 30_000 };

/**
 * Gate 6: policy actions of one kind keep a distance; a repair whose fault keeps returning waits
 * longer each time. Replicas whose wait is over do not wait for the others.
 */
export const cooldownGate = defineGate({
  name: 'cooldown',
  needs: ['targets', 'history', 'historySince', 'observedAt', 'now'],
  appliesTo: (request) => kindOf(request) !== 'operator',
  check: (facts) => (kindOf(facts.request) === 'policy' ? cooldown(facts) : backoff(facts)),
});

type Needed = Pick<
  GateFacts,
  'request' | 'targets' | 'history' | 'historySince' | 'observedAt' | 'now'
>;

/** How long until it is looked again what is known, milliseconds. */
const RETRY_MS = 15_000;

function cooldown({ request, history, historySince, now }: Needed): Verdict {
  const { cooldownPeriodMs } = rulesOf(request);
  const last = Math.max(
    ...history.filter((trace) => isSamePolicyAction(trace, request)).map(acted),
  );
  const dueAt = last + cooldownPeriodMs;
  if (!(now < dueAt)) return unknownPast(historySince + cooldownPeriodMs, now);
  const seconds = Math.ceil((dueAt - now) / 1000);
  const message = `the last ${request.action} by a policy is too recent: ${seconds} s of the cooldown are left`;
  return stop('cooldown', 'cooldown', message, dueAt);
}

/** NATS has lost what was done, and PostgreSQL cannot be asked: it may have been done just now. */
function unknownPast(knownAt: number, now: number): Verdict {
  if (!(now < knownAt)) return PASS;
  const seconds = Math.ceil((knownAt - now) / 1000);
  const message = `what was done before is not known: NATS is new or has lost it, and PostgreSQL does not answer; without it the cooldown is waited for, ${seconds} s more`;
  return stop('cooldown', 'history-unknown', message, Math.min(knownAt, now + RETRY_MS));
}

function isSamePolicyAction(trace: ActionTrace, request: ActionRequest): boolean {
  return trace.kind === 'policy' && trace.action === request.action && trace.actedAt !== undefined;
}

function acted(trace: ActionTrace): number {
  return trace.actedAt ?? Number.NEGATIVE_INFINITY;
}

function backoff({ request, targets, history, observedAt, now }: Needed): Verdict {
  const { cooldownPeriodMs, stableAfterMs } = rulesOf(request);
  const causeKeys = new Set(request.causes.map((cause) => cause.key));
  const waiting = targets.map((target) => ({
    target,
    dueAt: repairDueAt({ ...request, observedAt, causeKeys, place: placeKey(target) }, history, {
      stableAfterMs,
      capMs: cooldownPeriodMs,
    }),
  }));
  if (waiting.every(({ dueAt }) => dueAt <= now)) return PASS;
  const failure = lastFailure(request, history, new Set(targets.map(placeKey)));
  if (waiting.every(({ dueAt }) => dueAt > now)) {
    return heldOff(Math.min(...waiting.map(({ dueAt }) => dueAt)), now, failure);
  }
  return narrow(
    waiting.map(({ target, dueAt }) => ({
      target,
      against: dueAt <= now ? undefined : heldOff(dueAt, now, failure).reason,
    })),
  );
}

/** Why the last repair there did not work; undefined when it did. */
function lastFailure(
  { action, desiredDigest }: ActionRequest,
  history: readonly ActionTrace[],
  places: ReadonlySet<string>,
): string | undefined {
  const acted = history.filter(
    (trace) =>
      trace.kind === 'repair' &&
      isSameFamily(trace.action, action) &&
      trace.desiredDigest === desiredDigest &&
      [...trace.effects.keys()].some((place) => places.has(place)),
  );
  return acted.reduce<ActionTrace | undefined>(
    (last, trace) => (last === undefined || trace.updatedAt >= last.updatedAt ? trace : last),
    undefined,
  )?.failure;
}

function heldOff(dueAt: number, now: number, failure: string | undefined) {
  const seconds = Math.ceil((dueAt - now) / 1000);
  const why =
    failure === undefined
      ? 'the fault returned after the last repair'
      : `the last repair failed (${failure})`;
  const message = `${why}: the next one waits ${seconds} s`;
  return stop('cooldown', 'backoff', message, dueAt);
}

function rulesOf({ service }: ActionRequest): typeof DEFAULTS {
  return service?.spec.remediation ?? DEFAULTS;
}
