import { z } from 'zod';
import { defineEvent, type PayloadOf } from './contract.js';
import { CorrelationId, Digest, ResourceIdField, UnixMs } from './fields.js';

/** Who committed a revision; absent for a directory. */
export const CommitInfo = z.object({
  id: z.string(),
  author: z.string(),
  message: z.string(),
  committedAt: UnixMs,
});
export type CommitInfo = z.infer<typeof CommitInfo>;

/** A valid revision is in force. `previous` is absent for the first one of a source. */
export const ManifestsApplied = defineEvent(
  'vigil.manifests.applied',
  'EVENTS',
  z.object({
    source: z.string(),
    revision: z.string(),
    previous: z.string().optional(),
    commit: CommitInfo.optional(),
    resources: z.array(
      z.object({
        resource: ResourceIdField,
        digest: Digest,
        change: z.enum(['added', 'changed', 'unchanged', 'removed']),
      }),
    ),
    warnings: z.array(z.string()),
    at: UnixMs,
    correlationId: CorrelationId,
  }),
);
export type ManifestsApplied = PayloadOf<typeof ManifestsApplied>;
