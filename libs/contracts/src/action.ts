import { ActionName, MANIFEST_LIMITS, Mode, Service } from '@vigil/manifests';
import { z } from 'zod';
import { Cause } from './cause.js';
import { ExactImage, ExactImages } from './container.js';
import { CorrelationId, Digest, HostName, ResourceIdField, UnixMs } from './fields.js';

export const ActionState = z.enum([
  'requested',
  'pending_approval',
  'queued',
  'running',
  'verifying',
  'rolling_back',
  'succeeded',
  'failed',
  'rolled_back',
  'suppressed',
  'rejected',
  'expired',
  'cancelled',
]);
export type ActionState = z.infer<typeof ActionState>;

/** Which state may follow which; a state without successors is final. */
export const ACTION_TRANSITIONS = {
  requested: ['pending_approval', 'queued', 'suppressed', 'failed', 'cancelled'],
  pending_approval: ['queued', 'rejected', 'expired', 'cancelled', 'suppressed'],
  queued: ['running', 'suppressed', 'failed', 'cancelled'],
  running: ['verifying', 'rolling_back', 'suppressed', 'failed', 'cancelled'],
  verifying: ['succeeded', 'rolling_back', 'running', 'failed', 'cancelled'],
  rolling_back: ['rolled_back', 'failed'],
  succeeded: [],
  failed: [],
  rolled_back: [],
  suppressed: [],
  rejected: [],
  expired: [],
  cancelled: [],
} as const satisfies Record<ActionState, readonly ActionState[]>;

export function isFinalActionState(state: ActionState): boolean {
  return ACTION_TRANSITIONS[state].length === 0;
}

/** One replica that an action is about, as the evaluator saw it when it decided. */
export const ActionTarget = z.object({
  replica: z.number().int().nonnegative(),
  host: HostName,
  /** The launch seen on the host; absent when there was none. */
  instance: z.string().optional(),
  /** Digest of the manifest the replica runs with; absent when there was none. */
  observedDigest: Digest.optional(),
  /** The image of its container, which a tag in its manifest may not name any more. */
  observedImage: ExactImage.optional(),
});
export type ActionTarget = z.infer<typeof ActionTarget>;

/** So many manifests of before are told and remembered of one resource. */
export const MAX_EARLIER_MANIFESTS = 8;

/**
 * So many bytes of them together, as JSON. What is remembered has them up to twice, beside two manifests of
 * any length, and has to fit into one message.
 */
export const MAX_EARLIER_BYTES = MANIFEST_LIMITS.canonicalLength;

/**
 * Manifests that replicas run by and that are not wanted any more. The bucket forgets what has not been
 * declared for some revisions; replicas may run by it for years, when what has changed asks nothing of them.
 */
export const EarlierManifests = z
  .array(z.object({ digest: Digest, service: Service }))
  .max(MAX_EARLIER_MANIFESTS);
export type EarlierManifests = z.infer<typeof EarlierManifests>;

/** The wish to act on a resource: from the evaluator (a decision), or from a person through it. */
export const ActionRequest = z.object({
  /** From cause keys and attempt: a repeated decision has the same id. */
  actionId: z.string(),
  correlationId: CorrelationId,
  resource: ResourceIdField,
  action: ActionName,
  causes: z.array(Cause).min(1).max(50),
  /** 1 for the first try at these causes. */
  attempt: z.number().int().positive(),
  targets: z.array(ActionTarget).max(10_000),
  /** The effective manifest (overrides and holds applied); absent only for a resource that left Git. */
  service: Service.optional(),
  desiredDigest: Digest.optional(),
  /** What its targets ran by, to go back to; absent: nothing else, or it is not known. */
  earlier: EarlierManifests.optional(),
  /** The images that are good, while the resource is held on them; absent: what the manifest names. */
  images: ExactImages.optional(),
  /**
   * The desired state that this was decided on. When it is another one by the time that the action is
   * to begin, it is decided anew. Absent: nobody said.
   */
  basis: z
    .object({
      /** What Git declares, whatever a hold or an override makes of it; null: no source declares it. */
      declaredDigest: Digest.nullable(),
      /** The action whose override is in force; null: there is none. */
      overrideBy: z.string().nullable(),
      /** When that override ends by itself, if it does. */
      overrideExpiresAt: UnixMs.optional(),
    })
    .optional(),
  source: z.string().optional(),
  /** For `stop`: its host is to go on knowing what has ended, because a person stopped the resource. */
  keepsKnown: z.literal(true).optional(),
  /** For `scale`: the replica count that is wanted. */
  replicas: z.number().int().nonnegative().optional(),
  /** The strictest of source, resource and policies; the remediator adds the system's. */
  mode: Mode,
  requestedAt: UnixMs,
  /** When the observation that justifies the action reached the evaluator. */
  observedAt: UnixMs,
  /** Set when a person asked. Skips mode, cooldown and `healed-by-itself`. */
  operator: z
    .object({
      actor: z.string(),
      reason: z.string(),
      /** Overrides the gates that may be overridden. */
      force: z.boolean(),
      /** Computes and records the plan, then stops. */
      dryRun: z.boolean(),
      /** How long a `scale` or `stop` is wanted, milliseconds. Absent: until it is changed. */
      expiresAfterMs: z.number().int().positive().optional(),
    })
    .optional(),
});
export type ActionRequest = z.infer<typeof ActionRequest>;
