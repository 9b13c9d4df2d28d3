import type { ActionName } from '@vigil/manifests';
import { kindOf, type ActionKind } from '../action/action-kind.js';
import { observedAtOf, type ActionView, type IssuedOperation } from '../action/action-view.js';
import { INTERRUPTED, NEEDS_RESTART } from '../hosts/agent-codes.js';
import { launchKey, placeKey } from '../plan/replica-facts.js';

/** What the gates remember of one action: small, so that hours of them fit into memory. */
export interface ActionTrace {
  readonly actionId: string;
  readonly action: ActionName;
  readonly kind: ActionKind;
  readonly causeKeys: ReadonlySet<string>;
  readonly desiredDigest?: string;
  /** Where the request wanted something done, by {@link placeKey}. */
  readonly places: ReadonlySet<string>;
  /** When what justified the request was first seen, Unix ms by the remediator's clock. */
  readonly observedAt: number;
  /** When the action last changed something at each place, Unix ms of the remediator's clock. */
  readonly effects: ReadonlyMap<string, number>;
  /** Launches that could not take a change over while they ran, by {@link launchKey}. */
  readonly unchangeable?: ReadonlySet<string>;
  /** When it began to act, Unix ms; absent when it never did. */
  readonly actedAt?: number;
  /** Why it was suppressed, when it was. */
  readonly suppressedBy?: string;
  /** Why it did not work, in few words; absent: it did, or it is not known yet. */
  readonly failure?: string;
  /** When the last entry was written, Unix ms. */
  readonly updatedAt: number;
}

const MAX_FAILURE = 200;

export function traceOf(view: ActionView): ActionTrace {
  const { request, state, reason } = view;
  const effects = effectsOf(view.operations);
  const actedAt = actedAtOf(view, effects);
  const unchangeable = new Set(view.operations.flatMap(unchangeableLaunch));
  return {
    actionId: request.actionId,
    action: request.action,
    kind: kindOf(request),
    causeKeys: new Set(request.causes.map((cause) => cause.key)),
    ...(request.desiredDigest === undefined ? {} : { desiredDigest: request.desiredDigest }),
    places: new Set(request.targets.map(placeKey)),
    observedAt: observedAtOf(view),
    effects,
    ...(unchangeable.size === 0 ? {} : { unchangeable }),
    ...(actedAt === undefined ? {} : { actedAt }),
    ...(state === 'suppressed' && reason !== undefined ? { suppressedBy: reason.code } : {}),
    ...(state === 'failed' && reason !== undefined
      ? { failure: reason.message.slice(0, MAX_FAILURE) }
      : {}),
    updatedAt: view.updatedAt,
  };
}

function unchangeableLaunch({ host, operation, finished }: IssuedOperation): string[] {
  const { kind, precondition, replica } = operation;
  if (kind !== 'reconfigure' || finished?.result.code !== NEEDS_RESTART) return [];
  return precondition.kind === 'instance'
    ? [launchKey({ host, replica }, precondition.instance)]
    : [];
}

function effectsOf(operations: readonly IssuedOperation[]): ReadonlyMap<string, number> {
  const effects = new Map<string, number>();
  for (const one of operations) {
    const at = effectAt(one);
    const key = placeKey({ host: one.host, replica: one.operation.replica });
    if (at !== undefined) effects.set(key, Math.max(at, effects.get(key) ?? at));
  }
  return effects;
}

/**
 * Of an operation that the end of its agent cut off: it has been begun, so it counts for the distance
 * between actions; but it proves nothing about a repair.
 */
function cutOffAt({ finished }: IssuedOperation): number[] {
  return finished?.result.code === INTERRUPTED ? [finished.at] : [];
}

/** Failures that have changed nothing, as far as anybody knows. */
const NO_EFFECT: ReadonlySet<string | undefined> = new Set([INTERRUPTED, NEEDS_RESTART]);

/**
 * The effect's time by the remediator's clock: the agent's clock only tells how long before the
 * result it was, so that the clocks need not agree.
 */
function effectAt({ finished }: IssuedOperation): number | undefined {
  if (finished === undefined) return undefined;
  const { status, code, effectAt: effect, finishedAt } = finished.result;
  if (status !== 'succeeded' && (status !== 'failed' || NO_EFFECT.has(code))) return undefined;
  return finished.at - Math.max(0, finishedAt - (effect ?? finishedAt));
}

function actedAtOf(view: ActionView, effects: ReadonlyMap<string, number>): number | undefined {
  const acted = [...effects.values(), ...view.operations.flatMap(cutOffAt)];
  if (acted.length > 0) return Math.max(...acted);
  // without operations on a host (notify, a scale that only moves the target) its end is its effect
  const done = view.state === 'succeeded' || view.state === 'failed';
  return done && view.plan !== undefined ? view.updatedAt : undefined;
}
