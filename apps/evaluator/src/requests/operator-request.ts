import type {
  ActionRequest,
  ActionTarget,
  OperatorActionRequested,
  ResourceMemory,
} from '@vigil/contracts';
import type { ResourceId } from '@vigil/manifests';
import type { PlacedReplica } from '@vigil/drift';
import { scaleTargets } from '../alerting/policy-intentions.js';
import { basisOf } from '../desired/basis.js';
import { earlierManifests, manifestsOf, type ManifestOf } from '../desired/earlier-manifests.js';
import { HELD_SPEC_UNKNOWN, unknownBecause } from '../desired/desired-state.js';
import { effectiveService, type EffectiveService } from '../desired/effective-service.js';
import { actionIdOf } from '../drift-detection/action-id.js';
import { placeReplicas } from '../drift-detection/find-differences.js';
import { activeHold } from '../drift-detection/hold.js';
import { targetOf } from '../drift-detection/target-of.js';
import type { Knowledge } from '../knowledge.js';
import type { EvaluatorMemory } from '../memory/evaluator-memory.js';
import type { ObservedReplica } from '../observed/observed-state.js';
import { runtimesOf, silenceOf } from '../observed/silence.js';
import { stableId } from '../stable-id.js';

export type OperatorOutcome =
  | { readonly outcome: 'requested'; readonly request: ActionRequest }
  | { readonly outcome: 'unknown-resource'; readonly message: string }
  | { readonly outcome: 'refused'; readonly code: string; readonly message: string };

/** What is known of the target of a person's request. */
interface Target {
  readonly resource: ResourceId;
  /** A person's update is to what Git declares, and ends a hold; a request starts what was stopped. */
  readonly effective: EffectiveService | undefined;
  /** A person stopped it, and nobody has started it since. */
  readonly stopped: boolean;
  readonly manifestOf: ManifestOf;
  readonly basis: ActionRequest['basis'];
  readonly source: string | undefined;
  readonly observed: readonly ObservedReplica[];
  readonly place: (replicas: number) => readonly PlacedReplica[];
  readonly isUnknownHost: (host: string) => boolean;
}

/** Turns a person's wish into the request that the remediator carries out, or says why not. */
export function operatorRequest(
  wish: OperatorActionRequested,
  knowledge: Knowledge,
  memory: Pick<EvaluatorMemory, 'resource'>,
  now: number,
): OperatorOutcome {
  const found = findTarget(wish, knowledge, memory, now);
  if ('outcome' in found) return found;
  const targets = targetsFor(wish, found);
  if ('outcome' in targets) return targets;
  const reachable = targets.filter(({ host }) => !found.isUnknownHost(host));
  if (reachable.length === 0 && targets.length > 0) {
    const hosts = [...new Set(targets.map(({ host }) => host))].slice(0, 3).join(', ');
    return refused(
      'unreachable',
      `the agent of ${hosts} does not report, or its runtime does not answer`,
    );
  }
  return { outcome: 'requested', request: requestOf(wish, found, reachable, now) };
}

function findTarget(
  { resource, action }: Pick<OperatorActionRequested, 'resource' | 'action'>,
  knowledge: Knowledge,
  memory: Pick<EvaluatorMemory, 'resource'>,
  now: number,
): Target | Exclude<OperatorOutcome, { outcome: 'requested' }> {
  const { desired, observed } = knowledge;
  const view = desired.current(resource);
  const replicas = observed.replicasOf(resource);
  if (view.status === 'unknown') {
    return refused('unknown-state', unknownBecause(view));
  }
  const remembered = memory.resource(resource);
  const override = desired.override(resource, now);
  const basis = basisOf(view, override);
  const manifestOf = manifestsOf(desired, remembered);
  if (view.status === 'absent') {
    if (replicas.length === 0) {
      return { outcome: 'unknown-resource', message: `no source declares ${resource}` };
    }
    const source = remembered?.source;
    const isUnknownHost = unknownHosts(knowledge, undefined, replicas, remembered, now);
    const nowhere = { effective: undefined, stopped: false, place: () => [] };
    const about = { resource, manifestOf, basis, source, observed: replicas, isUnknownHost };
    return { ...about, ...nowhere };
  }
  const { declared } = view;
  const started = override === undefined ? undefined : { ...override, stopped: false };
  const hold = FOLLOWS_GIT.has(action) ? undefined : activeHold(remembered);
  const heldService = hold?.service ?? (hold && manifestOf(hold.heldDigest));
  const effective = effectiveService(declared, started, hold, heldService);
  if (effective === undefined) return refused('unknown-state', HELD_SPEC_UNKNOWN);
  return {
    resource,
    effective,
    stopped: override?.stopped === true,
    manifestOf,
    basis,
    source: declared.source,
    observed: replicas,
    isUnknownHost: unknownHosts(knowledge, effective, replicas, remembered, now),
    place: (count) =>
      placeReplicas(knowledge, { resource, memory: remembered, now }, effective, count),
  };
}

/** An update ends a hold; a stop needs to know nothing of it. */
const FOLLOWS_GIT: ReadonlySet<OperatorActionRequested['action']> = new Set(['update', 'stop']);

function unknownHosts(
  { observed }: Knowledge,
  effective: EffectiveService | undefined,
  replicas: readonly ObservedReplica[],
  memory: ResourceMemory | undefined,
  now: number,
): (host: string) => boolean {
  const runtimes = runtimesOf(effective, replicas, memory);
  return (host) => silenceOf(observed, host, runtimes, now) !== undefined;
}

type Targets = readonly ActionTarget[] | Extract<OperatorOutcome, { outcome: 'refused' }>;

function targetsFor(wish: OperatorActionRequested, target: Target): Targets {
  const { action } = wish;
  const { effective, observed, resource } = target;
  const running = observed.filter(({ replica }) => replica.state === 'running').map(targetOf);
  if (action === 'notify') return refused('not-an-action', 'a notice acts on nothing');
  if (action === 'stop') {
    // what no source declares is forgotten by its hosts, and so is what has ended there
    const stopped = effective === undefined ? observed : observed.filter(isUp);
    return some(stopped.map(targetOf), 'no-replicas', `no replica of ${resource} runs`);
  }
  if (effective === undefined) {
    return refused('no-manifest', `no source declares ${resource}: it can only be stopped`);
  }
  switch (action) {
    case 'restart':
      return some(running, 'no-replicas', `no replica of ${resource} runs`);
    case 'start':
      return startTargets(target, effective, running);
    case 'update':
      return updateTargets(target, effective, running);
    case 'scale':
      return scale(wish, effective, target);
  }
}

/** What its runtime is about to start again is not down. */
function isUp({ replica: { state, restarting } }: ObservedReplica): boolean {
  return state === 'running' || restarting === true;
}

function startTargets(
  { place, resource }: Target,
  { service }: EffectiveService,
  running: readonly ActionTarget[],
): Targets {
  const runs = new Set(running.map(({ replica }) => replica));
  const absent = place(service.spec.replicas).filter(({ replica }) => !runs.has(replica));
  return some(
    absent,
    'nothing-to-start',
    `every wanted replica of ${resource} runs, or none can be placed`,
  );
}

function updateTargets(
  { place, resource, stopped }: Target,
  { service }: EffectiveService,
  running: readonly ActionTarget[],
): Targets {
  // what it started would be stopped again
  if (stopped) return refused('stopped', `${resource} is stopped: an update needs a start first`);
  const runs = new Set(running.map(({ replica }) => replica));
  const absent = place(service.spec.replicas).filter(({ replica }) => !runs.has(replica));
  return some([...running, ...absent], 'no-replicas', `no replica of ${resource} can be placed`);
}

function scale(
  { replicas, expiresAfterMs }: OperatorActionRequested,
  { service }: EffectiveService,
  target: Target,
): Targets {
  const limits = service.spec.scale;
  if (limits === undefined) {
    return refused('no-scale', `the manifest of ${target.resource} sets no spec.scale`);
  }
  if (replicas === undefined) return refused('no-replicas', 'scale needs the number of replicas');
  if (replicas < limits.min || replicas > limits.max) {
    const range = `${limits.min} to ${limits.max}`;
    return refused('scale-limits', `found ${replicas}, spec.scale allows ${range}`);
  }
  if (target.stopped && expiresAfterMs !== undefined) {
    const message = `${target.resource} is stopped: a scale for a time needs a start first`;
    return refused('stopped', message);
  }
  // what is stopped stays stopped: the number holds from its start on
  return scaleTargets(replicas, target.stopped ? { ...target, place: () => [] } : target);
}

function requestOf(
  wish: OperatorActionRequested,
  { effective, manifestOf, basis, source, resource }: Target,
  targets: readonly ActionTarget[],
  now: number,
): ActionRequest {
  const { action, actor, reason, force, dryRun, correlationId, replicas, expiresAfterMs } = wish;
  // one request of a person is one cause: delivered twice, it is the same action
  const key = stableId('operator', wish.requestId);
  const earlier = earlierManifests(
    targets.map(({ observedDigest }) => observedDigest),
    effective?.digest,
    manifestOf,
  );
  return {
    actionId: actionIdOf(resource, action, [key], 1),
    correlationId,
    resource,
    action,
    causes: [{ kind: 'operator', key, actor, reason }],
    attempt: 1,
    targets: [...targets],
    ...(effective === undefined
      ? {}
      : { service: effective.service, desiredDigest: effective.digest }),
    ...(earlier.length === 0 ? {} : { earlier }),
    ...(effective?.images === undefined ? {} : { images: [...effective.images] }),
    ...(basis === undefined ? {} : { basis }),
    ...(source === undefined ? {} : { source }),
    ...(replicas === undefined ? {} : { replicas }),
    mode: 'auto',
    requestedAt: now,
    observedAt: now,
    operator: {
      actor,
      reason,
      force,
      dryRun,
      ...(expiresAfterMs === undefined ? {} : { expiresAfterMs }),
    },
  };
}

function some(targets: readonly ActionTarget[], code: string, message: string): Targets {
  return targets.length > 0 ? targets : refused(code, message);
}

function refused(code: string, message: string) {
  return { outcome: 'refused' as const, code, message };
}
