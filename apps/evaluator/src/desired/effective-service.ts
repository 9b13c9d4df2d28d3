import type { ExactImage, Override } from '@vigil/contracts';
import type { Service } from '@vigil/manifests';
import type { DeclaredService } from './desired-state.js';

/** After a roll-back: repairs use the good digest until the spec changes or a person retries. */
export interface Hold {
  /** The digest that failed; another one in Git ends the hold. */
  readonly failedDigest: string;
  /** The digest that repairs use instead. */
  readonly heldDigest: string;
  /** Of the held spec: the images that ran, which its tag may not name any more. */
  readonly images?: readonly ExactImage[] | undefined;
  /** What its tag named when that was tried and failed; absent: it was the spec that failed. */
  readonly failedImages?: readonly { readonly host: string; readonly id: string }[] | undefined;
  readonly actionId: string;
  /** The chain of the update that was rolled back. */
  readonly correlationId?: string | undefined;
}

/** What is wanted of a resource right now: Git, with overrides and holds applied. */
export interface EffectiveService {
  readonly service: Service;
  /** Digest that replicas are to run with; of the held manifest while one is held. */
  readonly digest: string;
  /** While it is held: containers are to run one of these. */
  readonly images?: readonly ExactImage[] | undefined;
  /** A person stopped it: no replica is wanted, and that is not drift. */
  readonly stopped: boolean;
  readonly hold: Hold | undefined;
}

/**
 * Applies a hold and an override to what Git declares. Undefined when the held manifest is no
 * longer known: then nobody can say what is wanted.
 */
export function effectiveService(
  declared: DeclaredService,
  override: Override | undefined,
  hold: Hold | undefined,
  heldService: Service | undefined,
): EffectiveService | undefined {
  const held = hold?.failedDigest === declared.digest ? hold : undefined;
  if (held !== undefined && heldService === undefined) return undefined;
  const base =
    held === undefined || heldService === undefined
      ? declared.service
      : withScaleOf(declared.service, heldService);
  const stopped = override?.stopped === true;
  return {
    service: withReplicas(base, stopped ? 0 : replicasOf(declared.service, override)),
    digest: held?.heldDigest ?? declared.digest,
    ...(held?.images === undefined ? {} : { images: held.images }),
    stopped,
    hold: held,
  };
}

/** The number from Git, or of an override that was made for just that number and fits the limits. */
function replicasOf(service: Service, override: Override | undefined): number {
  const { replicas, scale } = service.spec;
  if (override?.replicas === undefined || scale === undefined) return replicas;
  if (override.replacesReplicas !== undefined && override.replacesReplicas !== replicas) {
    return replicas;
  }
  return Math.min(scale.max, Math.max(scale.min, override.replicas));
}

/** What is held says what to run; how many there may be is what Git says now. */
function withScaleOf({ spec: { scale } }: Service, held: Service): Service {
  const { scale: _older, ...spec } = held.spec;
  return { ...held, spec: scale === undefined ? spec : { ...spec, scale } };
}

/** The same service with another number of replicas. */
export function withReplicas(service: Service, replicas: number): Service {
  if (service.spec.replicas === replicas) return service;
  return { ...service, spec: { ...service.spec, replicas } };
}
