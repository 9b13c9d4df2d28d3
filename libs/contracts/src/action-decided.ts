import { z } from 'zod';
import { defineEvent, type PayloadOf } from './contract.js';
import { UnixMs } from './fields.js';

/** A person decided about an action: approval is bound to the plan that was shown. */
export const ActionDecided = defineEvent(
  'vigil.actions.decided',
  'ACTIONS',
  z.object({
    actionId: z.string(),
    decision: z.enum(['approve', 'reject', 'cancel']),
    /** With `approve`: the hash of the approved plan. */
    planHash: z.string().optional(),
    actor: z.string(),
    reason: z.string().min(1),
    at: UnixMs,
  }),
);
export type ActionDecided = PayloadOf<typeof ActionDecided>;
