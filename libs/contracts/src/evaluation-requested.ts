import { RequestableAction } from '@vigil/manifests';
import { z } from 'zod';
import { DriftRecord } from './drift.js';
import { defineEvent, defineSignal, type PayloadOf } from './contract.js';
import { CorrelationId, ResourceIdField, UnixMs } from './fields.js';

/** Evaluate a resource now, and answer with {@link EvaluationAnswered}. */
export const EvaluationRequested = defineEvent(
  'vigil.evaluations.requested',
  'EVALUATIONS',
  z.object({
    requestId: z.string(),
    resource: ResourceIdField,
    correlationId: CorrelationId,
    actor: z.string(),
    at: UnixMs,
  }),
);
export type EvaluationRequested = PayloadOf<typeof EvaluationRequested>;

/** A person wants an action; the evaluator, which knows both sides, turns it into an action request. */
export const OperatorActionRequested = defineEvent(
  'vigil.evaluations.operator',
  'EVALUATIONS',
  z.object({
    requestId: z.string(),
    resource: ResourceIdField,
    action: RequestableAction,
    /** With `scale`: the wanted number of replicas. */
    replicas: z.number().int().nonnegative().optional(),
    /** With `scale` and `stop`: how long that is wanted, milliseconds. Absent: until it is changed. */
    expiresAfterMs: z.number().int().positive().optional(),
    actor: z.string(),
    reason: z.string().min(1),
    force: z.boolean(),
    dryRun: z.boolean(),
    correlationId: CorrelationId,
    at: UnixMs,
  }),
);
export type OperatorActionRequested = PayloadOf<typeof OperatorActionRequested>;

/** The answer to one of the two requests above, for whoever waits for it. */
export const EvaluationAnswered = defineSignal(
  'vigil.answers.{requestId}',
  z.discriminatedUnion('outcome', [
    z.object({ outcome: z.literal('evaluated'), drift: z.array(DriftRecord) }),
    z.object({ outcome: z.literal('requested'), actionId: z.string() }),
    z.object({ outcome: z.literal('unknown-resource'), message: z.string() }),
    z.object({ outcome: z.literal('refused'), code: z.string(), message: z.string() }),
  ]),
);
export type EvaluationAnswered = PayloadOf<typeof EvaluationAnswered>;
