import type { ActionRequest, ActionTarget, Cause, ExactImage } from '@vigil/contracts';
import type { ResourceId, Service } from '@vigil/manifests';
import type { Attempts } from '../action-history/action-history.js';
import type { Stopped } from '../controls/controls.js';
import { earlierManifests, type ManifestOf } from '../desired/earlier-manifests.js';
import { actionIdOf } from './action-id.js';
import { availabilityOf, type Circumstances } from './availability.js';
import { RUNTIME_RESTARTS } from './drift-intentions.js';
import { rankOf, type Abstention, type Intention, type Wish } from './wish.js';

/** A request carries at most this many causes; what is left over is next. */
const MAX_CAUSES = 50;

/** What was decided about some causes. */
export interface Verdict {
  readonly outcome: 'requested' | 'none';
  readonly code: string;
  readonly message: string;
  readonly causes: readonly Cause[];
  /** The chains that this decision belongs to. */
  readonly correlationIds: readonly string[];
  readonly request?: ActionRequest;
  readonly nextAttemptAt?: number;
}

/** What is wanted of the resource; undefined for one that left Git. */
export interface Wanted {
  readonly service: Service;
  readonly digest: string;
  /** While it is held: the images that are good. */
  readonly images?: readonly ExactImage[] | undefined;
  /** A person stopped it, and may start it again. */
  readonly stopped?: boolean;
  readonly source: string;
}

export interface DecisionContext {
  readonly resource: ResourceId;
  readonly now: number;
  readonly wanted: Wanted | undefined;
  readonly manifestOf: ManifestOf;
  readonly basis: ActionRequest['basis'];
  readonly stopped: Stopped | undefined;
  /** The action that has the resource now. */
  readonly busy: { readonly actionId: string; readonly action: string } | undefined;
  /** True while an action that has not ended deals with the cause. */
  readonly isCovered: (causeKey: string) => boolean;
  readonly attempts: (causeKey: string) => Attempts;
  readonly circumstances: Circumstances;
}

/**
 * Decides about every intention of a resource: at most one request, and a reason for everything
 * that is not done. A cause that an action already deals with needs no further decision.
 */
export function decide(
  intentions: readonly Intention[],
  context: DecisionContext,
): readonly Verdict[] {
  const open = intentions.filter(({ cause }) => !context.isCovered(cause.key));
  const verdicts: Verdict[] = [];
  const free: Wish[] = [];
  for (const intention of open) {
    const refusal = refusalOf(intention, context);
    if (refusal !== undefined) verdicts.push(refusal);
    else if (intention.kind === 'wish') free.push(intention);
  }
  const [first, ...others] = groupWishes(free);
  if (first === undefined) return mergeAlike(verdicts);
  if (context.busy !== undefined) {
    verdicts.push(...[first, ...others].map((group) => waitsFor(group, context.busy)));
    return mergeAlike(verdicts);
  }
  const request = requestFor(first.slice(0, MAX_CAUSES), context);
  verdicts.push(requested(request, first));
  const rest = [first.slice(MAX_CAUSES), ...others].filter((group) => group.length > 0);
  verdicts.push(...rest.map((group) => waitsFor(group, request)));
  return mergeAlike(verdicts);
}

function refusalOf(intention: Intention, context: DecisionContext): Verdict | undefined {
  if (intention.kind === 'abstention') return abstain(intention);
  const { stopped, circumstances } = context;
  if (stopped !== undefined) return heldBy(stopped, intention);
  const availability = availabilityOf(
    intention,
    context.attempts(intention.cause.key),
    circumstances,
  );
  if (availability.free) return undefined;
  const { free: _free, ...why } = availability;
  return { outcome: 'none', ...why, ...about([intention]) };
}

function abstain({ kind: _kind, cause, correlationId, ...why }: Abstention): Verdict {
  return { outcome: 'none', ...why, causes: [cause], correlationIds: [correlationId] };
}

function heldBy(stopped: Stopped, wish: Wish): Verdict {
  if (stopped.scope === 'unknown') return heldByUnknown(wish);
  const { scope, control } = stopped;
  const what =
    scope === 'system'
      ? 'automation is stopped everywhere'
      : `automation of the ${scope} is suspended`;
  return {
    outcome: 'none',
    code: scope === 'system' ? 'stopped' : 'suspended',
    message: `${what} by ${control.actor}: ${control.reason}`,
    ...about([wish]),
    ...(control.until === undefined ? {} : { nextAttemptAt: control.until }),
  };
}

/** Looked at again as soon as they are known. */
function heldByUnknown(wish: Wish): Verdict {
  return {
    outcome: 'none',
    code: 'controls-unknown',
    message:
      'it is not known what people have stopped: NATS is new or has lost it, and the collector has not restored it from PostgreSQL yet',
    ...about([wish]),
  };
}

function waitsFor(
  group: readonly Wish[],
  busy: { readonly actionId: string; readonly action: string } | undefined,
): Verdict {
  return {
    outcome: 'none',
    code: 'in-flight',
    message: `waits for ${busy?.action ?? 'action'} ${busy?.actionId ?? ''}, which has the resource`,
    ...about(group),
  };
}

function requested(request: ActionRequest, group: readonly Wish[]): Verdict {
  return {
    outcome: 'requested',
    code: 'requested',
    message: `${request.action} requested, attempt ${request.attempt}`,
    request,
    ...about(group.slice(0, MAX_CAUSES)),
  };
}

function about(wishes: readonly Wish[]): Pick<Verdict, 'causes' | 'correlationIds'> {
  return {
    causes: wishes.map(({ cause }) => cause),
    correlationIds: [...new Set(wishes.map(({ correlationId }) => correlationId))],
  };
}

/** Wishes for the same action, most urgent group first, in an order that depends on nothing else. */
function groupWishes(wishes: readonly Wish[]): Wish[][] {
  const groups = new Map<string, Wish[]>();
  const ordered = [...wishes].sort((a, b) => rankOf(a) - rankOf(b) || compare(a.cause, b.cause));
  for (const wish of ordered) {
    const key = JSON.stringify([wish.action, wish.mode, wish.replicas]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [wish]);
    else group.push(wish);
  }
  return [...groups.values()];
}

function compare(a: Cause, b: Cause): number {
  if (a.key === b.key) return 0;
  return a.key < b.key ? -1 : 1;
}

function requestFor(group: readonly Wish[], context: DecisionContext): ActionRequest {
  const [first] = group;
  if (first === undefined) throw new TypeError('a request needs a wish');
  const { resource, wanted, basis, now, circumstances } = context;
  const causes = group.map(({ cause }) => cause);
  const keys = causes.map(({ key }) => key);
  const attempt = 1 + Math.max(...keys.map((key) => context.attempts(key).highest));
  const targets = targetsOf(group);
  const earlier = earlierManifests(
    targets.map(({ observedDigest }) => observedDigest),
    wanted?.digest,
    context.manifestOf,
  );
  return {
    actionId: actionIdOf(resource, first.action, keys, attempt),
    correlationId: first.correlationId,
    resource,
    action: first.action,
    causes,
    attempt,
    targets,
    ...(wanted === undefined
      ? {}
      : { service: wanted.service, desiredDigest: wanted.digest, source: wanted.source }),
    ...(earlier.length === 0 ? {} : { earlier }),
    ...(wanted?.images === undefined ? {} : { images: [...wanted.images] }),
    ...(first.action === 'stop' && wanted?.stopped === true ? { keepsKnown: true } : {}),
    ...(basis === undefined ? {} : { basis }),
    ...(first.replicas === undefined ? {} : { replicas: first.replicas }),
    mode: first.mode,
    requestedAt: now,
    observedAt: Math.min(now, ...targets.map(({ host }) => circumstances.seenAt(host))),
  };
}

/** Each replica once; causes that mean all replicas add none where others name theirs. */
function targetsOf(group: readonly Wish[]): ActionTarget[] {
  const precise = group.filter((wish) => !wish.broad);
  const targets = new Map<string, ActionTarget>();
  for (const wish of precise.length > 0 ? precise : group) {
    for (const target of wish.targets) targets.set(`${target.replica}@${target.host}`, target);
  }
  return [...targets.values()].sort((a, b) => a.replica - b.replica || (a.host < b.host ? -1 : 1));
}

/**
 * Refusals for the same reason are one decision. Until when a replica is left to its engine is by when its
 * host was heard: that those of several hosts are the same moment now says nothing of them.
 */
function mergeAlike(verdicts: readonly Verdict[]): Verdict[] {
  const merged = new Map<string, Verdict>();
  for (const verdict of verdicts) {
    const { outcome, code, message, nextAttemptAt, causes } = verdict;
    const until = code === RUNTIME_RESTARTS ? causes.map(({ key }) => key) : nextAttemptAt;
    const key = JSON.stringify([outcome, code, message, until]);
    const alike = merged.get(key);
    merged.set(key, alike === undefined ? verdict : join(alike, verdict));
  }
  return [...merged.values()];
}

function join(a: Verdict, b: Verdict): Verdict {
  return {
    ...a,
    causes: [...a.causes, ...b.causes].slice(0, MAX_CAUSES),
    correlationIds: [...new Set([...a.correlationIds, ...b.correlationIds])],
  };
}
