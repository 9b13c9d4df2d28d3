import { Severity } from '@vigil/manifests';
import { z } from 'zod';
import { DriftType } from './drift.js';

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
