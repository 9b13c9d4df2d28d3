import type { ActionRequest, ActionTarget, Plan } from '@vigil/contracts';
import type { Service } from '@vigil/manifests';
import type { ActionTrace } from '../history/action-trace.js';
import { planHash } from './plan-hash.js';
import {
  planAdopt,
  planRestart,
  planStart,
  planStop,
  planUpdate,
  type TargetPlan,
} from './plan-target.js';
import type { ReplicaFacts } from './replica-facts.js';

export interface PlanInput {
  readonly request: ActionRequest;
  /** The targets to act on: those of the request, or those of them that may be acted on now. */
  readonly targets: readonly ActionTarget[];
  readonly facts: ReplicaFacts;
  /** Manifests by digest, of what the targets run with now. One that is not known is absent. */
  readonly specs: ReadonlyMap<string, Service>;
  /** Earlier actions of the resource; none: nothing was tried yet. */
  readonly history?: readonly Pick<ActionTrace, 'unchangeable'>[];
}

/** A target that needs nothing, and why. */
export interface SkippedTarget {
  readonly target: ActionTarget;
  readonly why: 'healed' | 'changed';
  readonly message: string;
}

export type PlanOutcome =
  | { readonly kind: 'planned'; readonly plan: Plan; readonly skipped: readonly SkippedTarget[] }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

/**
 * A plan is one message, and NATS takes 1 MiB: of a resource with very many replicas an action is
 * about as many as fit, in their order, and the next action about the others.
 */
const MAX_PLAN_BYTES = 600 * 1024;

/**
 * The exact operations that the request comes to, given what the hosts say. The same code makes the
 * plan that people see and the one that is carried out. A plan without operations means that every
 * target is already as it should be.
 */
export function planAction(input: PlanInput): PlanOutcome {
  const refusal = refusalOf(input.request);
  if (refusal !== undefined) return { kind: 'refused', ...refusal };

  const operations: Plan['operations'] = [];
  const skipped: SkippedTarget[] = [];
  let bytes = 0;
  for (const target of inOrder(input)) {
    const one = planTarget(input, target);
    if (one.kind === 'skip') {
      skipped.push({ target, why: one.why, message: one.message });
      continue;
    }
    bytes += Buffer.byteLength(JSON.stringify(one.operation));
    if (operations.length > 0 && bytes > MAX_PLAN_BYTES) break;
    operations.push({ host: target.host, operation: one.operation });
  }
  const unhashed = { operations, maxUnavailable: maxUnavailableOf(input.request) };
  const plan = { ...unhashed, hash: planHash(input.request, unhashed) };
  return { kind: 'planned', plan, skipped };
}

/** Why a request can never be carried out as it stands. */
export function refusalOf(request: ActionRequest): { code: string; message: string } | undefined {
  const { action, service, desiredDigest, resource } = request;
  if (action === 'stop' || action === 'notify') return undefined;
  if (service === undefined || desiredDigest === undefined) {
    return { code: 'no-manifest', message: `${resource} has no manifest in force to ${action} by` };
  }
  return action === 'scale' ? scaleRefusal(request, service) : undefined;
}

function scaleRefusal(
  { resource, replicas }: ActionRequest,
  service: Service,
): { code: string; message: string } | undefined {
  const { scale } = service.spec;
  if (scale === undefined) {
    return { code: 'no-scale', message: `${resource} has no spec.scale: nothing may scale it` };
  }
  if (replicas === undefined) {
    return { code: 'no-replicas', message: 'a scale needs the number of replicas that is wanted' };
  }
  if (replicas < scale.min || replicas > scale.max) {
    const limits = `${scale.min} to ${scale.max}`;
    return {
      code: 'scale-limits',
      message: `${replicas} replicas are outside of spec.scale (${limits})`,
    };
  }
  return undefined;
}

function planTarget(input: PlanInput, target: ActionTarget): TargetPlan {
  switch (input.request.action) {
    case 'start':
      return planStart(input, target);
    case 'stop':
      return planStop(input, target);
    case 'restart':
      return planRestart(input, target);
    case 'update':
      return planUpdate(input, target);
    case 'scale':
      return target.replica < (input.request.replicas ?? 0)
        ? planStart(input, target)
        : planStop(input, target);
    case 'adopt':
      return planAdopt(input, target);
    case 'notify':
      return { kind: 'skip', why: 'healed', message: 'a notice acts on nothing' };
  }
}

/** Lowest replica first; what is taken away goes from the highest. */
function inOrder({ request, targets }: PlanInput): readonly ActionTarget[] {
  const ascending = [...targets].sort(
    (left, right) => left.replica - right.replica || left.host.localeCompare(right.host),
  );
  return request.action === 'stop' || request.action === 'scale' ? ascending.reverse() : ascending;
}

/** As a number of replicas: a percentage is rounded down, and is never less than 1. */
export function maxUnavailableOf({ service }: Pick<ActionRequest, 'service'>): number {
  if (service === undefined) return 1;
  const { maxUnavailable } = service.spec.remediation;
  if (typeof maxUnavailable === 'number') return maxUnavailable;
  const share = Number.parseInt(maxUnavailable, 10) / 100;
  return Math.max(1, Math.floor(service.spec.replicas * share));
}
