import { z } from 'zod';
import { Cause } from './cause.js';
import { defineEvent, type PayloadOf } from './contract.js';
import { CorrelationId, ResourceIdField, UnixMs } from './fields.js';

/** A decision of the evaluator, also the decision to do nothing. Repeated only when it changes. */
export const DecisionRecorded = defineEvent(
  'vigil.decisions.recorded',
  'EVENTS',
  z.object({
    id: z.string(),
    at: UnixMs,
    correlationId: CorrelationId,
    /** Absent when the target cannot be told. */
    resource: ResourceIdField.optional(),
    causes: z.array(Cause).max(50),
    outcome: z.enum(['requested', 'none']),
    /** For programs: `requested`, `no-target`, `unknown-state`, `in-flight`, `held`, `backoff`, `no-scale`, … */
    code: z.string(),
    /** For people: what stopped it and what would change that. */
    message: z.string(),
    actionId: z.string().optional(),
    nextAttemptAt: UnixMs.optional(),
  }),
);
export type DecisionRecorded = PayloadOf<typeof DecisionRecorded>;
