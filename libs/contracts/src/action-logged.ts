import { z } from 'zod';
import { ActionRequest, ActionState } from './action.js';
import { CommandResult } from './agent-messages.js';
import { Cause } from './cause.js';
import { defineEvent, type PayloadOf } from './contract.js';
import { CorrelationId, HostName, ResourceIdField, UnixMs } from './fields.js';
import { Operation } from './operation.js';

/** Why an action is where it is. `code` is for programs, `message` for people. */
export const ActionReason = z.object({
  code: z.string(),
  message: z.string(),
  /** The gate that stopped it. */
  gate: z.string().optional(),
  /** When the same cause may be tried again; absent: when something changes. */
  nextAttemptAt: UnixMs.optional(),
});
export type ActionReason = z.infer<typeof ActionReason>;

/** The exact operations of an action, computed before anything runs. */
export const Plan = z.object({
  operations: z.array(z.object({ host: HostName, operation: Operation })).max(10_000),
  /** SHA-256 over the operations and the desired digest, without the live state in preconditions. */
  hash: z.string(),
  /** Replicas that may be unavailable at a time while it runs. */
  maxUnavailable: z.number().int().positive(),
});
export type Plan = z.infer<typeof Plan>;

const entry = {
  actionId: z.string(),
  correlationId: CorrelationId,
  resource: ResourceIdField,
  /** 0 for the first entry of an action, then + 1. */
  sequence: z.number().int().nonnegative(),
  at: UnixMs,
  actor: z.string(),
};

/**
 * One entry of an action's log, acknowledged by the stream before its effect. The log is the truth
 * about an action; the table `actions` is its projection.
 */
export const ActionLogEntry = z.discriminatedUnion('kind', [
  z.object({
    ...entry,
    kind: z.literal('requested'),
    request: ActionRequest,
    /**
     * When the request came into the queue, by the clock of this entry's writer: `at` less the time for
     * which it had waited by the stream's own clock. The requester's clock shows something else.
     */
    queuedAt: UnixMs.optional(),
  }),
  z.object({
    ...entry,
    kind: z.literal('transition'),
    from: ActionState,
    to: ActionState,
    reason: ActionReason.optional(),
    plan: Plan.optional(),
    /** With `pending_approval`. */
    expiresAt: UnixMs.optional(),
    /** With `queued`: the lock's revision at acquisition. */
    fencingToken: z.number().int().optional(),
    /** With `running`, where gates left out some of the request's causes: those that are dealt with. */
    causes: z.array(Cause).optional(),
    /** Beside `causes`: the keys of those left out, which the action does nothing about, and why. */
    deferred: z
      .array(z.object({ causeKey: z.string(), reason: ActionReason }))
      .max(50)
      .optional(),
  }),
  /** An operation is about to be sent to its host. */
  z.object({
    ...entry,
    kind: z.literal('operation-issued'),
    index: z.number().int().nonnegative(),
    commandId: z.string(),
    host: HostName,
    /** True for an operation of the rollback. */
    rollback: z.boolean(),
    operation: Operation,
  }),
  z.object({
    ...entry,
    kind: z.literal('operation-finished'),
    index: z.number().int().nonnegative(),
    commandId: z.string(),
    rollback: z.boolean(),
    result: CommandResult,
  }),
]);
export type ActionLogEntry = z.infer<typeof ActionLogEntry>;

/** Something happened to an action. */
export const ActionLogged = defineEvent(
  'vigil.actions.log.{actionId}',
  'ACTION_LOG',
  ActionLogEntry,
);
export type ActionLogged = PayloadOf<typeof ActionLogged>;
