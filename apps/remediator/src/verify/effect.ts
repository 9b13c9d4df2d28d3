import type { Operation, ReplicaObservation } from '@vigil/contracts';
import { compareReplica, isChangedInPlace } from '@vigil/drift';
import type { HealthCheck } from '@vigil/manifests';
import type { IssuedOperation } from '../action/action-view.js';

/** An operation that a host says it has carried out, and what has to become of it. */
export interface Effect {
  readonly host: string;
  readonly operation: Operation;
  /** The launch that the operation made or kept. */
  readonly instance?: string;
  /** By the agent's clock, Unix ms: older snapshots say nothing about the effect. */
  readonly agentTime: number;
  /** The same moment by the remediator's clock, Unix ms. */
  readonly at: number;
}

export type EffectVerdict =
  | { readonly kind: 'good' }
  /** Not yet known; `goodAt` (Unix ms): good then, if nothing else happens. */
  | { readonly kind: 'pending'; readonly goodAt?: number }
  | { readonly kind: 'fault'; readonly message: string };

/** How long a replica without a check has to live, milliseconds. */
const ALIVE_MS = 1_000;

/** No window is shorter than this, milliseconds. */
const MIN_WINDOW_MS = 10_000;

/** The effect of an operation that succeeded; undefined for any other. */
export function effectOf({ host, operation, finished }: IssuedOperation): Effect | undefined {
  if (finished?.result.status !== 'succeeded') return undefined;
  const { effectAt, finishedAt, observation } = finished.result;
  const agentTime = effectAt ?? finishedAt;
  return {
    host,
    operation,
    ...(observation === undefined ? {} : { instance: observation.instance }),
    agentTime,
    at: finished.at - Math.max(0, finishedAt - agentTime),
  };
}

/** When an effect that is still pending counts as not achieved, Unix ms. */
export function verificationDeadline({ operation, at }: Effect): number {
  const check = 'service' in operation ? operation.service.spec.healthCheck : undefined;
  return at + Math.max(MIN_WINDOW_MS, check === undefined ? 0 : windowOf(check));
}

function windowOf(check: HealthCheck): number {
  return check.startPeriodMs + check.intervalMs * check.failureThreshold;
}

/**
 * What a snapshot says about an effect.
 * @param observed the replica in the snapshot; undefined when it is not in it
 * @param observedAt when the agent made the snapshot, by its own clock
 */
export function judgeEffect(
  effect: Effect,
  observed: ReplicaObservation | undefined,
  observedAt: number,
): EffectVerdict {
  if (observedAt < effect.agentTime) return { kind: 'pending' };
  const { operation } = effect;
  if (operation.kind === 'release') return { kind: 'good' };
  if (operation.kind === 'stop') {
    return observed?.state === 'running' ? { kind: 'pending' } : { kind: 'good' };
  }
  const replica = `replica ${operation.replica} on ${effect.host}`;
  if (observed === undefined) return { kind: 'fault', message: `${replica} has disappeared` };
  // whether it runs and is healthy is not what taking it over was to change
  if (operation.kind === 'adopt') return { kind: 'good' };
  if (observed.state !== 'running') {
    return { kind: 'fault', message: `${replica} ended again${howItEnded(observed)}` };
  }
  if (effect.instance !== undefined && observed.instance !== effect.instance) {
    return { kind: 'fault', message: `${replica} was started again by something else` };
  }
  return operation.kind === 'reconfigure'
    ? judgeReconfigured(effect, operation.specDigest, observed)
    : judgeStarted(effect, observed);
}

function judgeStarted(effect: Effect, observed: ReplicaObservation): EffectVerdict {
  switch (observed.health.status) {
    case 'healthy':
      return { kind: 'good' };
    case 'unhealthy':
      return unhealthy(effect, observed);
    case 'starting':
      return { kind: 'pending' };
    case 'none':
      return observed.suspended
        ? { kind: 'pending' }
        : { kind: 'pending', goodAt: effect.at + ALIVE_MS };
  }
}

/** An answer from before the change proves nothing about the changed check. */
function judgeReconfigured(
  effect: Effect,
  digest: string,
  observed: ReplicaObservation,
): EffectVerdict {
  if (observed.specDigest !== digest || !isInForce(effect, observed)) return { kind: 'pending' };
  const { status, lastSuccessAt = 0, lastAttemptAt = 0 } = observed.health;
  if (status === 'none') return { kind: 'good' };
  if (status === 'healthy' && lastSuccessAt >= effect.agentTime) return { kind: 'good' };
  if (status === 'unhealthy' && lastAttemptAt >= effect.agentTime) {
    return unhealthy(effect, observed);
  }
  return { kind: 'pending' };
}

/** What a launch takes over while it runs is there now: limits that were set back by hand, say. */
function isInForce({ operation }: Effect, observed: ReplicaObservation): boolean {
  if (operation.kind !== 'reconfigure') return true;
  return !compareReplica(operation, observed).some(isChangedInPlace);
}

function unhealthy(effect: Effect, { health }: ReplicaObservation): EffectVerdict {
  const { message: detail } = health;
  const why = detail === undefined ? '' : `: ${detail}`;
  const { replica } = effect.operation;
  return { kind: 'fault', message: `replica ${replica} on ${effect.host} is unhealthy${why}` };
}

function howItEnded({ exitCode, signal }: ReplicaObservation): string {
  if (signal !== undefined) return ` by ${signal}`;
  return exitCode === undefined ? '' : ` with exit code ${exitCode}`;
}
