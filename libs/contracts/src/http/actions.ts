import { ActionName, Mode, RequestableAction } from '@vigil/manifests';
import { z } from 'zod';
import { ActionState } from '../action.js';
import { ResourceIdField } from '../fields.js';
import { PageQuery } from './page.js';
import { DurationParam, Instant, TimeParam } from './time.js';

/** `GET /actions`, newest first. */
export const ActionQuery = z.strictObject({
  ...PageQuery.shape,
  target: ResourceIdField.optional().describe('A resource.'),
  status: ActionState.optional(),
  action: ActionName.optional(),
  correlationId: z.string().max(128).optional(),
  since: TimeParam.optional().describe('Started at or after.'),
});

export const ReasonView = z.object({
  code: z.string(),
  message: z.string(),
  gate: z.string().optional(),
  nextAttemptAt: Instant.optional(),
});

export const ActionView = z.object({
  id: z.string(),
  correlationId: z.string(),
  target: z.string().describe('Id of the resource.'),
  action: ActionName,
  status: ActionState,
  attempt: z.number().int(),
  mode: Mode.describe('The mode that the request came with, without the system’s.'),
  source: z.string().optional(),
  actor: z.string().describe('Who asked: the evaluator, or a person.'),
  causes: z.array(z.record(z.string(), z.unknown())),
  reason: ReasonView.optional().describe('Why it is in this state, when there is more to say.'),
  planHash: z.string().optional().describe('What an approval is bound to.'),
  expiresAt: Instant.optional().describe('Of a pending approval.'),
  startedAt: Instant.describe('When the request was recorded.'),
  completedAt: Instant.optional(),
});
export type ActionView = z.infer<typeof ActionView>;

/** One line of the timeline of an action. */
export const ActionTimelineEntry = z.object({
  sequence: z.number().int(),
  at: Instant,
  kind: z.string(),
  actor: z.string(),
  from: ActionState.optional(),
  to: ActionState.optional(),
  reason: ReasonView.optional(),
  details: z.record(z.string(), z.unknown()).describe('Everything else that the log holds of it.'),
});
export type ActionTimelineEntry = z.infer<typeof ActionTimelineEntry>;

export const ActionDetail = ActionView.extend({
  plan: z.unknown().optional(),
  timeline: z.array(ActionTimelineEntry),
});
export type ActionDetail = z.infer<typeof ActionDetail>;

const reason = z.string().trim().min(1).max(1000);

/** `POST /actions`: a person wants an action. */
export const ActionOrder = z
  .strictObject({
    resource: ResourceIdField,
    action: RequestableAction.exclude(['notify']),
    replicas: z.number().int().min(0).max(10_000).optional().describe('Needed by `scale`.'),
    expiresAfter: DurationParam.optional().describe(
      'With `scale` and `stop`: how long that is wanted instead of what Git says, as `2h`. Absent: a scale until Git has another `replicas`, a stop until a `start`.',
    ),
    reason,
    force: z.boolean().default(false).describe('Overrides the gates that may be overridden.'),
    dryRun: z.boolean().default(false).describe('Computes and records the plan, then stops.'),
  })
  .refine((order) => (order.action === 'scale') === (order.replicas !== undefined), {
    path: ['replicas'],
    message: 'expected with the action scale, and only there',
  })
  .refine(
    ({ action, expiresAfter }) =>
      expiresAfter === undefined || action === 'scale' || action === 'stop',
    { path: ['expiresAfter'], message: 'expected only with the actions scale and stop' },
  );
export type ActionOrder = z.infer<typeof ActionOrder>;

export const ActionOrdered = z.object({ actionId: z.string(), correlationId: z.string() });

export const ApproveBody = z.strictObject({
  reason,
  planHash: z
    .string()
    .max(128)
    .optional()
    .describe('Hash of the plan that was seen. Absent: the plan that is pending now.'),
});
export const ReasonBody = z.strictObject({ reason });

export const DecisionTaken = z.object({ actionId: z.string(), decision: z.string() });
