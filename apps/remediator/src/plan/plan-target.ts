import type { ActionTarget, ExactImage, Operation, ReplicaObservation } from '@vigil/contracts';
import { compareReplica, isChangedInPlace, isSameImage, needsNewLaunch } from '@vigil/drift';
import type { Service } from '@vigil/manifests';
import { kindOf } from '../action/action-kind.js';
import type { PlanInput } from './plan-action.js';
import { isHung, launchKey, liveReplica, placeKey } from './replica-facts.js';

/** What one target needs. */
export type TargetPlan =
  | { readonly kind: 'do'; readonly operation: Operation }
  | { readonly kind: 'skip'; readonly why: 'healed' | 'changed'; readonly message: string };

/** For what runs by a manifest that is not known any more: the default of `stopGracePeriod`. */
const DEFAULT_STOP_GRACE_MS = 10_000;

/** Starts what does not run. */
export function planStart(input: PlanInput, target: ActionTarget): TargetPlan {
  if (liveReplica(input.facts, target) !== undefined) {
    return skip('healed', `replica ${target.replica} runs`);
  }
  return perform({
    kind: 'start',
    ...named(input, target),
    precondition: { kind: 'absent' },
    ...desiredOf(input, target),
  });
}

/** Takes over what runs without Vigil; it is left as it is. */
export function planAdopt(input: PlanInput, target: ActionTarget): TargetPlan {
  if (liveReplica(input.facts, target) !== undefined) {
    return skip('healed', `replica ${target.replica} runs and is looked after`);
  }
  const desired = desiredOf(input, target);
  const container = desired.service.spec.adopt?.[target.replica];
  if (container === undefined) {
    return skip('changed', `replica ${target.replica} is to take over no container`);
  }
  return perform({
    kind: 'adopt',
    ...named(input, target),
    precondition: { kind: 'absent' },
    ...desired,
    container,
  });
}

/**
 * Ends what runs. A replica that is no longer wanted is forgotten by its host; one that a person
 * stopped, then or since, stays known there, with its port and what it has written, unless no source
 * declares it: nobody could start it again.
 */
export function planStop(input: PlanInput, target: ActionTarget): TargetPlan {
  const observed = input.facts.get(placeKey(target));
  const live = liveReplica(input.facts, target);
  const isKept = input.request.keepsKnown === true || isPersonsStop(input);
  const forget = !isKept || !isDeclared(input);
  // its engine starts that again, perhaps before it is asked
  const isComing = live === undefined && observed?.restarting === true;
  if (live === undefined && !isComing && (observed === undefined || !forget)) {
    return skip('healed', `replica ${target.replica} does not run`);
  }
  const absent = { kind: isComing && isPersonsStop(input) ? 'any' : 'absent' } as const;
  return perform({
    kind: 'stop',
    ...named(input, target),
    precondition: live === undefined ? absent : { kind: 'instance', instance: live.instance },
    gracePeriodMs: stopGraceOf(input, live?.specDigest),
    forget,
  });
}

/** Ends and starts again the launch that the request is about. */
export function planRestart(input: PlanInput, target: ActionTarget): TargetPlan {
  const live = liveReplica(input.facts, target);
  const kind = kindOf(input.request);
  if (live === undefined) {
    return kind === 'operator'
      ? planStart(input, target)
      : skip('changed', `replica ${target.replica} does not run any more`);
  }
  const anotherLaunch = target.instance !== undefined && target.instance !== live.instance;
  if (kind !== 'operator' && anotherLaunch) {
    return skip('changed', `replica ${target.replica} was started again in the meantime`);
  }
  if (
    kind !== 'operator' &&
    isOnlyAboutHealth(input) &&
    !live.suspended &&
    live.health.consecutiveFailures === 0
  ) {
    return skip('healed', `replica ${target.replica} answers its check again`);
  }
  const desired = desiredOf(input, target);
  const { remediation, stopGracePeriodMs } = desired.service.spec;
  return perform({
    kind: 'restart',
    ...named(input, target),
    precondition: { kind: 'instance', instance: live.instance },
    ...desired,
    // what fails its check has its chance to end by itself, but not for long
    gracePeriodMs:
      isHung(live) || live.health.consecutiveFailures > 0
        ? remediation.killAfterMs
        : stopGracePeriodMs,
  });
}

/** Brings a replica to the desired manifest, without a restart where the change needs none. */
export function planUpdate(input: PlanInput, target: ActionTarget): TargetPlan {
  const live = liveReplica(input.facts, target);
  if (live === undefined) return planStart(input, target);

  const desired = desiredOf(input, target);
  const { service, specDigest } = desired;
  const runsDesired = live.specDigest === specDigest;
  const previous = runsDesired ? service : input.specs.get(live.specDigest);
  const differences = compareReplica(desired, live, previous);
  // with the right digest it can only be the launch itself that differs from its manifest
  if (runsDesired && differences.length === 0 && !isPersonsRelaunch(input, target, live)) {
    return skip('healed', `replica ${target.replica} runs the desired manifest`);
  }
  const common = {
    ...named(input, target),
    precondition: { kind: 'instance', instance: live.instance } as const,
    ...desired,
  };
  const isKept =
    previous !== undefined &&
    !needsNewLaunch(previous, service) &&
    !isUnchangeable(input, live, target);
  const isNews = !runsDesired || differences.length > 0;
  if (isKept && isNews && differences.every(isChangedInPlace)) {
    return perform({ kind: 'reconfigure', ...common });
  }
  const gracePeriodMs = isHung(live)
    ? service.spec.remediation.killAfterMs
    : service.spec.stopGracePeriodMs;
  return perform({ kind: 'restart', ...common, gracePeriodMs });
}

/** Its host has tried: there is more to change, or its engine changes nothing of what runs. */
function isUnchangeable(
  { history = [] }: PlanInput,
  { instance }: ReplicaObservation,
  target: ActionTarget,
): boolean {
  const launch = launchKey(target, instance);
  return history.some(({ unchangeable }) => unchangeable?.has(launch) === true);
}

/** A person who asks for an update of what runs the desired manifest wants it launched again. */
function isPersonsRelaunch(
  input: PlanInput,
  { instance, observedDigest }: ActionTarget,
  live: ReplicaObservation,
): boolean {
  if (kindOf(input.request) !== 'operator') return false;
  return live.instance === instance && live.specDigest === observedDigest;
}

function perform(operation: Operation): TargetPlan {
  return { kind: 'do', operation };
}

function skip(why: 'healed' | 'changed', message: string): TargetPlan {
  return { kind: 'skip', why, message };
}

function named(input: PlanInput, target: ActionTarget) {
  return { resource: input.request.resource, replica: target.replica };
}

/** The manifest to run; `planAction` has refused requests without one. */
function desiredOf({ request }: PlanInput, target: ActionTarget): Desired {
  const { service, desiredDigest, images } = request;
  if (service === undefined || desiredDigest === undefined) {
    throw new TypeError(`${request.action} of ${request.resource} was planned without a manifest`);
  }
  const desired = { service, specDigest: desiredDigest };
  return images === undefined ? desired : { ...desired, images: ownFirst(images, target) };
}

interface Desired {
  readonly service: Service;
  readonly specDigest: string;
  readonly images?: ExactImage[];
}

/** Of several good images, the one that the replica had. */
function ownFirst(images: readonly ExactImage[], { observedImage }: ActionTarget): ExactImage[] {
  if (observedImage === undefined) return [...images];
  const isOwn = (image: ExactImage) => isSameImage(image, observedImage);
  return [...images.filter(isOwn), ...images.filter((image) => !isOwn(image))];
}

function isPersonsStop({ request }: PlanInput): boolean {
  return request.action === 'stop' && request.operator !== undefined;
}

/** Only a request for a resource that left Git comes without a manifest. */
function isDeclared({ request }: PlanInput): boolean {
  return request.service !== undefined;
}

/** Then the check's next success says that the fault has gone. */
function isOnlyAboutHealth({ request }: PlanInput): boolean {
  return request.causes.every((cause) => cause.kind === 'drift' && cause.driftType === 'health');
}

function stopGraceOf(input: PlanInput, runningDigest: string | undefined): number {
  const running = runningDigest === undefined ? undefined : input.specs.get(runningDigest);
  const service = running ?? input.request.service;
  return service?.spec.stopGracePeriodMs ?? DEFAULT_STOP_GRACE_MS;
}
