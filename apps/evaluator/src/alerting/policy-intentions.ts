import type { ActionTarget, Cause } from '@vigil/contracts';
import type { Mode } from '@vigil/manifests';
import type { PlacedReplica } from '@vigil/drift';
import type { EffectiveService } from '../desired/effective-service.js';
import { targetOf } from '../drift-detection/target-of.js';
import { strictestMode, type Intention } from '../drift-detection/wish.js';
import type { ObservedReplica } from '../observed/observed-state.js';
import type { AlertGroup } from './alert-group.js';
import type { CompiledPolicy } from './compiled-policy.js';

/** A firing alert whose condition is known to hold right now, about one resource. */
export interface FiringPolicy {
  readonly policy: CompiledPolicy;
  readonly alert: NonNullable<AlertGroup['record']>;
}

/** What decides what a firing policy may want of its target. */
export interface TargetContext {
  /** Undefined: the target is not declared, or what is wanted of it cannot be told. */
  readonly effective: EffectiveService | undefined;
  /** The strictest of the target's source and its own mode. */
  readonly mode: Mode;
  readonly observed: readonly ObservedReplica[];
  readonly isUnknownHost: (host: string) => boolean;
  /** Where that many replicas would be. */
  readonly place: (replicas: number) => readonly PlacedReplica[];
}

/** Turns each firing policy into the action it asks for, or into a reason for none. */
export function policyIntentions(
  firing: readonly FiringPolicy[],
  context: TargetContext,
): readonly Intention[] {
  return firing.map((each) => intentionOf(each, context));
}

function intentionOf({ policy, alert }: FiringPolicy, context: TargetContext): Intention {
  const { spec } = policy.declared.policy;
  const about = { cause: causeOf(alert), correlationId: alert.correlationId };
  const abstain = (code: string, message: string): Intention => ({
    kind: 'abstention',
    ...about,
    code,
    message,
  });
  const { effective } = context;
  if (spec.action === 'notify')
    return abstain('notify', 'people are told; nothing else is asked for');
  if (effective === undefined) {
    return abstain('no-target', `${alert.resource ?? 'the target'} is not declared by any source`);
  }
  if (effective.stopped) return abstain('stopped-by-operator', 'an operator stopped the target');
  const mode = strictestMode(context.mode, spec.mode, policy.declared.sourceMode);
  if (spec.action === 'scale') {
    const scaled = scaledReplicas(effective, spec.scaleBy ?? 0);
    if (scaled.kind === 'refused') return abstain(scaled.code, scaled.message);
    const { replicas } = scaled;
    const targets = scaleTargets(replicas, context);
    return { kind: 'wish', action: 'scale', ...about, mode, targets, broad: false, replicas };
  }
  const targets = targetsOf(alert.labels['replica'], context);
  if (targets.length === 0) {
    return abstain('no-replicas', 'no replica of the target is running where it can be reached');
  }
  const broad = alert.labels['replica'] === undefined;
  return { kind: 'wish', action: spec.action, ...about, mode, targets, broad };
}

function causeOf({ id, policy, severity }: FiringPolicy['alert']): Cause {
  return { kind: 'policy', key: `policy:${id}`, alertId: id, policy, severity };
}

type Scaled =
  | { readonly kind: 'replicas'; readonly replicas: number }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

function scaledReplicas({ service }: EffectiveService, scaleBy: number): Scaled {
  const { scale, replicas } = service.spec;
  if (scale === undefined) {
    return { kind: 'refused', code: 'no-scale', message: 'its manifest sets no spec.scale' };
  }
  const wanted = Math.min(scale.max, Math.max(scale.min, replicas + scaleBy));
  if (wanted === replicas) {
    const message = `it has ${replicas} replicas; spec.scale allows ${scale.min} to ${scale.max}`;
    return { kind: 'refused', code: 'scale-limit', message };
  }
  return { kind: 'replicas', replicas: wanted };
}

/** The replicas that are to be started or stopped, where it is known what runs. */
export function scaleTargets(
  replicas: number,
  { observed, place, isUnknownHost }: Pick<TargetContext, 'observed' | 'place' | 'isUnknownHost'>,
): ActionTarget[] {
  const running = observed.filter(({ replica }) => replica.state === 'running').map(targetOf);
  const runs = new Set(running.map(({ replica }) => replica));
  const starts = place(replicas).filter(({ replica }) => !runs.has(replica));
  const stops = running.filter(({ replica }) => replica >= replicas);
  return [...starts, ...stops].filter(({ host }) => !isUnknownHost(host));
}

/** The replica that the series is about, or every running one that can be reached. */
function targetsOf(label: string | undefined, context: TargetContext): ActionTarget[] {
  return context.observed
    .filter(({ host, replica }) => replica.state === 'running' && !context.isUnknownHost(host))
    .filter(({ replica }) => label === undefined || String(replica.replica) === label)
    .map(targetOf);
}
