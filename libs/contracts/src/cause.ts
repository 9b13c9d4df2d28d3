import { Severity } from '@vigil/manifests';
import { z } from 'zod';
import { DriftType } from './drift.js';
import { HostName } from './fields.js';

/**
 * Why something is to be done. `key` names one occurrence of one fault (for a dead process: the
 * launch that died), the same however often and by whichever process it is computed, so that the
 * action id made from it and the attempt is the same too.
 */
export const Cause = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('drift'),
    key: z.string(),
    driftId: z.string(),
    driftType: DriftType,
    severity: Severity,
    /** The replica that differs, and where; absent when it is about no single one. */
    host: HostName.optional(),
    replica: z.number().int().nonnegative().optional(),
  }),
  z.object({
    kind: z.literal('policy'),
    key: z.string(),
    alertId: z.string(),
    policy: z.string(),
    severity: Severity,
  }),
  z.object({ kind: z.literal('operator'), key: z.string(), actor: z.string(), reason: z.string() }),
]);
export type Cause = z.infer<typeof Cause>;
