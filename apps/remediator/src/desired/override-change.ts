import type { ActionRequest, Override } from '@vigil/contracts';

export type OverrideChange =
  | { readonly kind: 'keep' }
  | { readonly kind: 'put'; readonly value: Override }
  | { readonly kind: 'delete' };

export interface OverrideInput {
  readonly request: ActionRequest;
  readonly present: Override | undefined;
  /** `spec.replicas` as Git has it; the request's manifest may already carry an override. */
  readonly declaredReplicas: number;
  /** Unix ms. */
  readonly now: number;
}

const KEEP: OverrideChange = { kind: 'keep' };

/** The override while and after the action does its work. */
export function overrideAfter(input: OverrideInput): OverrideChange {
  const { request, present } = input;
  if (request.action === 'scale') return scaledTo(request.replicas, input, expiryAfter(input));
  if (request.operator === undefined) return KEEP;
  if (request.action === 'stop') {
    return put(input, { ...countOf(present), stopped: true }, expiryAfter(input));
  }
  if (request.action === 'start' && present?.stopped === true) {
    return withoutStop(input, present, present.expiresAt);
  }
  return KEEP;
}

/**
 * The override when the action has come to nothing or was rolled back. The count before a scale is in
 * its request; what a person asked to start is left to be started.
 */
export function overrideBefore(input: OverrideInput): OverrideChange {
  const { request, present } = input;
  const expiresAt = request.basis?.overrideExpiresAt;
  if (request.action === 'scale') {
    return scaledTo(request.service?.spec.replicas, input, expiresAt);
  }
  const ours = present?.stopped === true && present.actionId === request.actionId;
  return request.action === 'stop' && ours ? withoutStop(input, present, expiresAt) : KEEP;
}

/**
 * Back at what Git says there is nothing to override. What a person stopped stays stopped: the number
 * holds from its start on, and does not end the stop earlier.
 */
function scaledTo(
  replicas: number | undefined,
  input: OverrideInput,
  expiresAt: number | undefined,
): OverrideChange {
  if (replicas === undefined) return KEEP;
  const { declaredReplicas, present } = input;
  const count =
    replicas === declaredReplicas ? {} : { replicas, replacesReplicas: declaredReplicas };
  if (present?.stopped === true) {
    return put(input, { ...count, stopped: true }, present.expiresAt);
  }
  return replicas === declaredReplicas ? { kind: 'delete' } : put(input, count, expiresAt);
}

function withoutStop(
  input: OverrideInput,
  present: Override,
  expiresAt: number | undefined,
): OverrideChange {
  const count = countOf(present);
  return count.replicas === undefined ? { kind: 'delete' } : put(input, count, expiresAt);
}

type Count = Pick<Override, 'replicas' | 'replacesReplicas'>;

function countOf(present: Override | undefined): Count {
  if (present?.replicas === undefined) return {};
  const { replicas, replacesReplicas } = present;
  return { replicas, ...(replacesReplicas === undefined ? {} : { replacesReplicas }) };
}

/**
 * A person says how long a scale or stop is wanted, or that it is wanted until it is changed. What a
 * policy makes of an override that ends by itself ends with it.
 */
function expiryAfter(input: OverrideInput): number | undefined {
  const { operator } = input.request;
  if (operator === undefined) return input.present?.expiresAt;
  const { expiresAfterMs } = operator;
  return expiresAfterMs === undefined ? undefined : createdAtOf(input) + expiresAfterMs;
}

/** The same when it is written again after a crash. */
function createdAtOf({ request, present, now }: OverrideInput): number {
  return present?.actionId === request.actionId ? present.createdAt : now;
}

function put(
  input: OverrideInput,
  change: Pick<Override, 'replicas' | 'replacesReplicas' | 'stopped'>,
  expiresAt: number | undefined,
): OverrideChange {
  const { request } = input;
  const { actionId, correlationId, resource } = request;
  return {
    kind: 'put',
    value: {
      resource,
      actionId,
      correlationId,
      ...ownerOf(request),
      ...change,
      createdAt: createdAtOf(input),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    },
  };
}

function ownerOf({ operator, causes }: ActionRequest): Pick<Override, 'owner' | 'reason'> {
  if (operator !== undefined)
    return { owner: `operator/${operator.actor}`, reason: operator.reason };
  const policies = causes.flatMap((cause) => (cause.kind === 'policy' ? cause.policy : []));
  const policy = policies[0] ?? 'unknown';
  return { owner: `policy/${policy}`, reason: `policy ${policies.join(', ')}` };
}
