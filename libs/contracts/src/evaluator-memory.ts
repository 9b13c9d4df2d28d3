import { Mode, Runtime, Service } from '@vigil/manifests';
import { z } from 'zod';
import { ActionRequest, EarlierManifests } from './action.js';
import { AlertRecord } from './alert.js';
import { ExactImages } from './container.js';
import { DriftRecord } from './drift.js';
import { CorrelationId, Digest, HostName, Labels, ResourceIdField, UnixMs } from './fields.js';
import { ResourceStatusChanged } from './resource-status.js';

/** So many names of one tag are remembered as failed. */
export const MAX_FAILED_IMAGES = 100;

/**
 * What the evaluator knows of a resource beyond what it can read from the outside: written after
 * the events that say the same, so that a killed evaluator goes on where it was instead of
 * detecting everything again. Losing it costs repeated events, never a repeated action.
 */
export const ResourceMemory = z.object({
  resource: ResourceIdField,
  /** The source that last declared it; an orphan without one is never pruned. */
  source: z.string().optional(),
  /** `spec.prune` of its last manifest. */
  prune: z.boolean().optional(),
  /** Its own, those that it was last seen in, and silent ones of before: they say what is left of an orphan. */
  runtimes: z.array(Runtime).optional(),
  /** What its last manifest and source allowed. */
  mode: Mode.optional(),
  /** Differences that are open now. */
  open: z.array(
    z.object({
      /** Identity of the difference, whatever its sides are now. */
      difference: z.string(),
      /** The fault behind it, as of the last evaluation. */
      causeKey: z.string(),
      replica: z.number().int().nonnegative().optional(),
      record: DriftRecord,
    }),
  ),
  /** Where each replica was placed last; a replica stays where it is. */
  placement: z.array(
    z.object({
      replica: z.number().int().nonnegative(),
      host: HostName,
      /** True when it was seen there since. */
      seen: z.boolean().optional(),
    }),
  ),
  /** What its replicas run by, as far as that is known and not declared. */
  ranBy: EarlierManifests.optional(),
  /** The last roll-back; released when the spec changed, its tag moved again, or a person retried. */
  hold: z
    .object({
      failedDigest: Digest,
      heldDigest: Digest,
      /** The held manifest: the bucket forgets what has not been declared for some revisions. */
      service: Service.optional(),
      /** What ran by the held spec; absent where its replicas are no containers. */
      images: ExactImages.optional(),
      /**
       * What a tag named on a host that was tried there and failed, and what it had been moved to on
       * others by then; absent: it was the spec that failed.
       */
      failedImages: z
        .array(z.object({ host: HostName, id: z.string() }))
        .max(MAX_FAILED_IMAGES)
        .optional(),
      actionId: z.string(),
      correlationId: CorrelationId.optional(),
      /** When it was rolled back; what a person asked for before that does not end it. */
      rolledBackAt: UnixMs.optional(),
      released: z.boolean(),
    })
    .optional(),
  /** The last request that was published, while the action log does not show it as ended. */
  requested: z.object({ request: ActionRequest, publishedAt: UnixMs }).optional(),
  /** Highest ended attempt of each present cause. */
  attempts: z.record(z.string(), z.number().int().positive()),
  /** Fingerprints of the decisions that are in force, so that only changes are recorded. */
  decisions: z.array(z.string()),
  status: ResourceStatusChanged.schema.optional(),
  /** When the status last said what takes its time on hosts; absent when nothing does. */
  progressToldAt: UnixMs.optional(),
});
export type ResourceMemory = z.infer<typeof ResourceMemory>;

/** The alerts of one policy that are pending or firing, and the policy's own status. */
export const PolicyMemory = z.object({
  policy: ResourceIdField,
  alerts: z.array(
    z.object({
      /** Identity of the label set. */
      group: z.string(),
      labels: Labels,
      phase: z.enum(['pending', 'firing']),
      activeSince: UnixMs.optional(),
      firedAt: UnixMs.optional(),
      /** While firing: since when the condition is known not to hold. */
      falseSince: UnixMs.optional(),
      /** While firing: data is missing now. */
      uncertain: z.boolean().optional(),
      /** Of the firing that was announced. */
      record: AlertRecord.optional(),
    }),
  ),
  status: ResourceStatusChanged.schema.optional(),
});
export type PolicyMemory = z.infer<typeof PolicyMemory>;
