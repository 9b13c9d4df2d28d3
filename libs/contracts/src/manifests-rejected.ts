import { z } from 'zod';
import { defineEvent, type PayloadOf } from './contract.js';
import { CorrelationId, UnixMs } from './fields.js';
import { CommitInfo } from './manifests-applied.js';

/** Why a manifest is invalid, and where: the message says what was found and what was expected. */
export const ManifestError = z.object({
  file: z.string(),
  /** From 1; 0 when the error is about the file as a whole. */
  line: z.number().int().nonnegative(),
  column: z.number().int().nonnegative(),
  /** JSON Pointer into the document; empty for the whole. */
  path: z.string(),
  message: z.string(),
});
export type ManifestError = z.infer<typeof ManifestError>;

/** A revision is invalid; the last good one stays in force. */
export const ManifestsRejected = defineEvent(
  'vigil.manifests.rejected',
  'EVENTS',
  z.object({
    source: z.string(),
    revision: z.string(),
    /** What stays in force, when there is one. */
    inForce: z.string().optional(),
    commit: CommitInfo.optional(),
    errors: z.array(ManifestError).max(100),
    at: UnixMs,
    correlationId: CorrelationId,
  }),
);
export type ManifestsRejected = PayloadOf<typeof ManifestsRejected>;
