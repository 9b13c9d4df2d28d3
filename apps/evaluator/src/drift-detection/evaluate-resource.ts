import type { ActionRequest, DecisionRecorded, ResourceMemory } from '@vigil/contracts';
import type { Difference } from '@vigil/drift';
import type { Mode, ResourceId } from '@vigil/manifests';
import type { ActionHistory } from '../action-history/action-history.js';
import type { Stopped } from '../controls/controls.js';
import type { DesiredView } from '../desired/desired-state.js';
import type { EffectiveService } from '../desired/effective-service.js';
import { SNAPSHOT_INTERVAL_MS, type ObservedReplica } from '../observed/observed-state.js';
import { AWAITING_OBSERVATION } from './availability.js';
import { decide, type Verdict, type Wanted } from './decide.js';
import { decisionNews } from './decision-events.js';
import { driftIntentions } from './drift-intentions.js';
import { withoutOwnEffects } from './own-effects.js';
import {
  followUp,
  isAbout,
  pendingOf,
  REPUBLISH_AFTER_MS,
  type PendingStep,
} from './pending-request.js';
import { isSameStatus, resourceStatus, type ResourceStatus } from './resource-status.js';
import { trackDrift, type DriftEvent, type TrackedDrift } from './track-drift.js';
import { strictestMode, type Intention } from './wish.js';

/** Everything that a verdict on one resource rests on. */
export interface Situation {
  readonly resource: ResourceId;
  readonly now: number;
  readonly desired: DesiredView;
  /** What is wanted now; undefined when that is nothing, or cannot be told. */
  readonly effective: EffectiveService | undefined;
  readonly observed: readonly ObservedReplica[];
  readonly isUnknownHost: (host: string) => boolean;
  readonly seenAt: (host: string) => number;
  /** When the host's newest snapshot was taken, by the host's clock. */
  readonly observedAt: (host: string) => number;
  readonly differences: readonly Difference[];
  readonly placement: ResourceMemory['placement'];
  readonly hold: ResourceMemory['hold'];
  readonly stopped: Stopped | undefined;
  readonly controlsChangedAt: number;
  /** When switches and overrides end by themselves. */
  readonly wakeTimes: readonly (number | undefined)[];
  readonly history: ActionHistory;
  readonly memory: ResourceMemory | undefined;
  /** What firing policies want of the resource. */
  readonly policyIntentions: readonly Intention[];
  readonly orphan: { readonly prune: boolean; readonly message: string };
  readonly system: { readonly mode: Mode; readonly since: number };
}

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
}

/** The verdict on one resource: compares, keeps the drift records, decides, and sums up. Pure. */
export function evaluateResource(situation: Situation): Evaluation {
  const drift = driftOf(situation);
  const intentions = intentionsOf(situation, drift);
  const pending = pendingStep(situation, intentions);
  const verdicts = verdictsOn(intentions, situation, pending);
  const request = verdicts.find((verdict) => verdict.request !== undefined)?.request;
  const decisions = decisionNews(
    situation.resource,
    verdicts,
    situation.memory?.decisions ?? [],
    situation.now,
  );
  const status = statusOf(situation, drift, request !== undefined || pending.kind !== 'none');
  const known = situation.memory?.status;
  const isNews = known === undefined ? !status.removed : !isSameStatus(known, status);
  const requested = requestedMemory(request, pending, situation.now);
  return {
    drift: drift.events,
    decisions: decisions.events,
    request: request ?? (pending.kind === 'republish' ? pending.pending.request : undefined),
    status: isNews ? status : undefined,
    memory: remembered(situation, {
      resource: situation.resource,
      ...sourceOf(situation),
      open: [...drift.open],
      placement: situation.placement,
      ...(situation.hold === undefined ? {} : { hold: situation.hold }),
      ...requested,
      attempts: attemptsOf(situation, intentions),
      decisions: [...decisions.fingerprints],
      status: isNews ? status : (situation.memory?.status ?? status),
    }),
    wakeAt: wakeTime(situation, verdicts, requested.requested),
    awaits: awaitedHosts(situation, verdicts),
  };
}

/** While nobody knows what is wanted, every record stays as it is. */
function driftOf(situation: Situation): TrackedDrift {
  const { resource, differences, isUnknownHost, memory, history, now } = situation;
  const before = memory?.open ?? [];
  if (!isDesiredKnown(situation)) return { open: before, events: [] };
  const isOpen = (id: string) => before.some(({ difference }) => difference === id);
  const found = withoutOwnEffects(differences, isOpen, history.busy(resource, now)?.request);
  return trackDrift(resource, before, found, isUnknownHost, now);
}

function isDesiredKnown({ desired, effective }: Situation): boolean {
  if (desired.status === 'unknown') return false;
  // declared, but held at a spec that is no longer known
  return desired.status === 'absent' || effective !== undefined;
}

function driftContext(situation: Situation) {
  const { effective, observed, isUnknownHost, orphan } = situation;
  return {
    mode: modeOf(situation),
    restartThreshold: effective?.service.spec.remediation.restartThreshold ?? 1,
    observed: observed,
    isUnknownHost,
    orphan,
  };
}

function modeOf({ desired, effective }: Situation): Mode {
  const sourceMode = desired.status === 'declared' ? desired.declared.sourceMode : undefined;
  return strictestMode(sourceMode, effective?.service.spec.remediation.mode);
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

/** What drift and policies ask for; nothing while nobody knows what is wanted. */
function intentionsOf(situation: Situation, drift: TrackedDrift): readonly Intention[] {
  const intentions = [
    ...driftIntentions(drift.open, driftContext(situation)),
    ...situation.policyIntentions,
  ];
  if (isDesiredKnown(situation)) return intentions;
  return intentions.map((intention) => unknownDesired(intention, situation));
}

function unknownDesired({ cause, correlationId }: Intention, { desired }: Situation): Intention {
  const message =
    desired.status === 'declared'
      ? 'the spec that it is held at after a roll-back is no longer known'
      : 'the desired state is not loaded';
  return { kind: 'abstention', cause, correlationId, code: 'unknown-state', message };
}

function wantedOf({ desired, effective }: Situation): Wanted | undefined {
  if (desired.status !== 'declared' || effective === undefined) return undefined;
  const { service, digest } = effective;
  return { service, digest, source: desired.declared.source };
}

function circumstancesOf(situation: Situation) {
  const { now, effective, seenAt, controlsChangedAt, system } = situation;
  return {
    now,
    desiredDigest: effective?.digest,
    controlsChangedAt,
    seenAt,
    showsLastEffect: (host: string) => showsLastEffect(situation, host),
    cooldownMs: effective?.service.spec.remediation.cooldownPeriodMs ?? DEFAULT_COOLDOWN_MS,
    system,
  };
}

/**
 * Whether the host's newest snapshot was taken after the last effect there, by the host's own clock;
 * one that came a whole interval later counts in any case, because clocks are set back now and then.
 */
function showsLastEffect(
  { history, resource, observedAt, seenAt }: Situation,
  host: string,
): boolean {
  const effect = history.lastEffect(resource, host);
  if (effect === undefined || observedAt(host) >= effect.at) return true;
  return seenAt(host) > effect.loggedAt + SNAPSHOT_INTERVAL_MS;
}

/** DESIGN 5, for a resource whose spec is gone. */
const DEFAULT_COOLDOWN_MS = 300_000;

function statusOf(situation: Situation, drift: TrackedDrift, isRequested: boolean): ResourceStatus {
  const { resource, effective, observed, isUnknownHost, stopped, history, now } = situation;
  return resourceStatus({
    resource,
    source: sourceOf(situation).source,
    effective,
    isDesiredKnown: isDesiredKnown(situation),
    drift: drift.open.map(({ record }) => record),
    observed,
    isUnknownHost,
    stopped,
    isBusy: isRequested || history.busy(resource, now) !== undefined,
    now,
  });
}

function sourceOf({ desired, memory }: Situation): { readonly source?: string } {
  const source = desired.status === 'declared' ? desired.declared.source : memory?.source;
  return source === undefined ? {} : { source };
}

function requestedMemory(
  request: ActionRequest | undefined,
  step: PendingStep,
  now: number,
): Pick<ResourceMemory, 'requested'> {
  if (request !== undefined) return { requested: pendingOf(request, now) };
  return step.kind === 'none' ? {} : { requested: step.pending };
}

function attemptsOf(
  { resource, history, memory }: Situation,
  intentions: readonly Intention[],
): Record<string, number> {
  const attempts: Record<string, number> = {};
  for (const { cause } of intentions) {
    const { highest } = history.attempts(resource, cause.key);
    const known = Math.max(highest, memory?.attempts[cause.key] ?? 0);
    if (known > 0) attempts[cause.key] = known;
  }
  return attempts;
}

function awaitedHosts(
  { observed, placement }: Situation,
  verdicts: readonly Verdict[],
): readonly string[] {
  if (!verdicts.some(({ code }) => code === AWAITING_OBSERVATION)) return [];
  return [...new Set([...observed, ...placement].map(({ host }) => host))];
}

/** The memory as it was when nothing changed, so that nothing is written. */
function remembered({ memory }: Situation, next: ResourceMemory): ResourceMemory | undefined {
  if (next.status?.removed === true) return undefined;
  return memory !== undefined && JSON.stringify(memory) === JSON.stringify(next) ? memory : next;
}

/** The earliest moment at which time alone can change the verdict. */
function wakeTime(
  { now, wakeTimes }: Situation,
  verdicts: readonly Verdict[],
  memory: ResourceMemory['requested'],
): number | undefined {
  const republishAt = memory === undefined ? undefined : memory.publishedAt + REPUBLISH_AFTER_MS;
  const times = [...wakeTimes, republishAt, ...verdicts.map((verdict) => verdict.nextAttemptAt)];
  const future = times.flatMap((time) => (time !== undefined && time > now ? [time] : []));
  return future.length === 0 ? undefined : Math.min(...future);
}
