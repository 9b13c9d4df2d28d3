import type { ActionRequest, DecisionRecorded, ResourceMemory } from '@vigil/contracts';
import { ADOPT_PATH, fixedHostPorts, type Difference } from '@vigil/drift';
import { attributionOf } from './attribution.js';
import { HELD_SPEC_UNKNOWN, unknownBecause } from '../desired/desired-state.js';
import { AWAITING_OBSERVATION, UNREACHABLE } from './availability.js';
import { decide, type Verdict, type Wanted } from './decide.js';
import { decisionNews } from './decision-events.js';
import { CONFLICT, driftIntentions } from './drift-intentions.js';
import { whatIsHeld } from './what-is-held.js';
import type { NeededWay } from '../observed/awaited-hosts.js';
import type { ObservedReplica } from '../observed/observed-state.js';
import { leftToRuntimeUntil } from './left-to-runtime.js';
import { modeOf } from './mode-of.js';
import { followUp, isAbout, REPUBLISH_AFTER_MS, type PendingStep } from './pending-request.js';
import { nextTelling } from './progress-telling.js';
import { remember, requestedOf } from './remember.js';
import { isSameStatus, resourceStatus, type ResourceStatus } from './resource-status.js';
import { isDesiredKnown, showsLastEffect, sourceOf, type Situation } from './situation.js';
import { trackDrift, type DriftEvent, type TrackedDrift } from './track-drift.js';
import { strictestMode, type Intention } from './wish.js';

/** What follows: to be published, then to be remembered. */
export interface Evaluation {
  readonly drift: readonly DriftEvent[];
  readonly decisions: readonly DecisionRecorded[];
  readonly request: ActionRequest | undefined;
  readonly status: ResourceStatus | undefined;
  /** Undefined: nothing is left to remember of the resource. */
  readonly memory: ResourceMemory | undefined;
  /** When time alone may change the verdict. */
  readonly wakeAt: number | undefined;
  /** Hosts whose next word may change the verdict, even when it says nothing new. */
  readonly awaits: readonly string[];
  /** What hosts have unmanaged decides: something is in its way, or is yet to be taken over. */
  readonly needsWay: NeededWay | undefined;
}

/** The verdict on one resource: compares, keeps the drift records, decides, and sums up. Pure. */
export function evaluateResource(situation: Situation): Evaluation {
  const { resource, memory, now } = situation;
  const drift = driftOf(situation);
  const intentions = intentionsOf(situation, drift);
  const pending = pendingStep(situation, intentions);
  const verdicts = [...holdVerdict(situation), ...verdictsOn(intentions, situation, pending)];
  const request = verdicts.find((verdict) => verdict.request !== undefined)?.request;
  const decisions = decisionNews(resource, verdicts, memory?.decisions ?? [], now);
  const status = statusOf(situation, drift, request !== undefined || pending.kind !== 'none');
  const known = memory?.status;
  const nextTellingAt = nextTelling(situation, status);
  const isTold = known === undefined ? status.removed : isSameStatus(known, status);
  const isNews = !isTold && nextTellingAt === undefined;
  return {
    drift: drift.events,
    decisions: decisions.events,
    request: request ?? (pending.kind === 'republish' ? pending.pending.request : undefined),
    status: isNews ? status : undefined,
    memory: remember(situation, {
      open: drift.open,
      intentions,
      request,
      pending,
      decisions: decisions.fingerprints,
      status: isNews ? status : (known ?? status),
      isStatusNews: isNews,
    }),
    wakeAt: wakeTime(situation, verdicts, [
      republishTime(requestedOf({ request, pending }, now)),
      nextTellingAt,
    ]),
    awaits: awaitedHosts(situation, verdicts),
    needsWay: neededWay(situation, verdicts),
  };
}

function neededWay(situation: Situation, verdicts: readonly Verdict[]): NeededWay | undefined {
  const { effective, containerNames } = situation;
  const isObstructed = verdicts.some(({ code }) => code === CONFLICT);
  if (effective === undefined || !(isObstructed || awaitsAdoption(situation))) return undefined;
  const { service } = effective;
  const names = new Set([...containerNames(), ...(service.spec.adopt ?? [])]);
  return { ports: fixedHostPorts(service), names };
}

/** A container that the manifest names may appear at any time: somebody makes it anew, perhaps. */
function awaitsAdoption({ effective, differences }: Situation): boolean {
  if (effective?.service.spec.adopt === undefined) return false;
  return differences.some(({ type, path }) => type === 'missing' && path !== ADOPT_PATH);
}

/** While nobody knows what is wanted, every record stays as it is. */
function driftOf(situation: Situation): TrackedDrift {
  const { resource, differences, isUnknownHost, memory, history, now } = situation;
  const before = memory?.open ?? [];
  if (!isDesiredKnown(situation)) return { open: before, events: [] };
  const isUnsettled = (host: string, replica: number) =>
    history.isBeingChanged(resource, { host, replica }, now) || !showsLastEffect(situation, host);
  const attribution = (difference: Difference) => attributionOf(difference, situation.observed);
  const doubts = { isUnknownHost, isUnsettled, attributionOf: attribution };
  return trackDrift(resource, before, differences, doubts, now);
}

function driftContext(situation: Situation) {
  const { effective, observed, isUnknownHost, orphan } = situation;
  return {
    mode: strictestMode(modeOf(situation.desired, situation.memory)),
    restartThreshold: effective?.service.spec.remediation.restartThreshold ?? 1,
    observed,
    isUnknownHost,
    leftToRuntimeUntil: (replica: ObservedReplica) => leftToRuntimeUntil(replica, situation),
    orphan,
  };
}

function pendingStep(situation: Situation, intentions: readonly Intention[]): PendingStep {
  const { memory, history, resource, now } = situation;
  const pending = memory?.requested;
  const record =
    pending === undefined ? undefined : history.record(resource, pending.request.actionId);
  const wishes = intentions.filter(({ kind }) => kind === 'wish');
  const causes = { present: causeKeys(intentions), wished: causeKeys(wishes) };
  return followUp(pending, record, causes, now);
}

function causeKeys(intentions: readonly Intention[]): ReadonlySet<string> {
  return new Set(intentions.map(({ cause }) => cause.key));
}

function verdictsOn(
  intentions: readonly Intention[],
  situation: Situation,
  step: PendingStep,
): readonly Verdict[] {
  const { resource, history, now, stopped, memory } = situation;
  const pending = step.kind === 'none' ? undefined : step.pending;
  const busy = history.busy(resource, now)?.request ?? pending?.request;
  return decide(intentions, {
    resource,
    now,
    wanted: wantedOf(situation),
    manifestOf: situation.manifestOf,
    basis: situation.basis,
    stopped,
    busy,
    isCovered: (key) =>
      history.covering(resource, key, now) !== undefined ||
      (pending !== undefined && isAbout(pending, key)),
    attempts: (key) => {
      const logged = history.attempts(resource, key);
      return { ...logged, highest: Math.max(logged.highest, memory?.attempts[key] ?? 0) };
    },
    circumstances: circumstancesOf(situation),
  });
}

/** Why Git is not in force, said once in the chain of the update that was rolled back. */
function holdVerdict({ effective }: Situation): readonly Verdict[] {
  const hold = effective?.hold;
  if (hold?.correlationId === undefined) return [];
  const message = `the update was rolled back: ${whatIsHeld(hold)}`;
  const chain = [hold.correlationId];
  return [{ outcome: 'none', code: 'held', message, causes: [], correlationIds: chain }];
}

/** What drift and policies ask for; nothing while nobody knows what is wanted. */
function intentionsOf(situation: Situation, drift: TrackedDrift): readonly Intention[] {
  const intentions = [
    ...driftIntentions(drift.open, driftContext(situation)),
    ...situation.policyIntentions,
  ];
  const message = whyUnknown(situation);
  if (message === undefined) return intentions;
  return intentions.map(({ cause, correlationId }) => {
    return { kind: 'abstention', cause, correlationId, code: 'unknown-state', message };
  });
}

/** Why it is not known what is wanted; undefined when it is. */
function whyUnknown(situation: Situation): string | undefined {
  if (isDesiredKnown(situation)) return undefined;
  const { desired } = situation;
  return desired.status === 'unknown' ? unknownBecause(desired) : HELD_SPEC_UNKNOWN;
}

function wantedOf({ desired, effective }: Situation): Wanted | undefined {
  if (desired.status !== 'declared' || effective === undefined) return undefined;
  const { service, digest, images, stopped } = effective;
  return { service, digest, images, stopped, source: desired.declared.source };
}

function circumstancesOf(situation: Situation) {
  const { now, effective, seenAt, connectedAt, controlsChangedAt, system } = situation;
  return {
    now,
    desiredDigest: effective?.digest,
    controlsChangedAt,
    seenAt,
    connectedAt,
    showsLastEffect: (host: string) => showsLastEffect(situation, host),
    cooldownMs: effective?.service.spec.remediation.cooldownPeriodMs ?? DEFAULT_COOLDOWN_MS,
    system,
  };
}

/** DESIGN 5, for a resource whose spec is gone. */
const DEFAULT_COOLDOWN_MS = 300_000;

function statusOf(situation: Situation, drift: TrackedDrift, isRequested: boolean): ResourceStatus {
  const { resource, effective, observed, progress, isUnknownHost, stopped, history, now } =
    situation;
  return resourceStatus({
    resource,
    source: sourceOf(situation),
    effective,
    whyUnknown: whyUnknown(situation),
    drift: drift.open.map(({ record }) => record),
    observed,
    progress,
    isUnknownHost,
    stopped,
    isBusy: isRequested || history.busy(resource, now) !== undefined,
    now,
  });
}

/** Reasons that the next word of a host may take away; what is in the way is no replica's state. */
const AWAITING: ReadonlySet<string> = new Set([AWAITING_OBSERVATION, UNREACHABLE, CONFLICT]);

function awaitedHosts(
  { observed, placement }: Situation,
  verdicts: readonly Verdict[],
): readonly string[] {
  if (!verdicts.some(({ code }) => AWAITING.has(code))) return [];
  return [...new Set([...observed, ...placement].map(({ host }) => host))];
}

function republishTime(requested: ResourceMemory['requested']): number | undefined {
  return requested === undefined ? undefined : requested.publishedAt + REPUBLISH_AFTER_MS;
}

/** The earliest moment at which time alone can change the verdict. */
function wakeTime(
  { now, wakeTimes }: Situation,
  verdicts: readonly Verdict[],
  others: readonly (number | undefined)[],
): number | undefined {
  const times = [...wakeTimes, ...others, ...verdicts.map((verdict) => verdict.nextAttemptAt)];
  const future = times.flatMap((time) => (time !== undefined && time > now ? [time] : []));
  return future.length === 0 ? undefined : Math.min(...future);
}
