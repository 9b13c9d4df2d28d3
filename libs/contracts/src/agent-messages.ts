import { z } from 'zod';
import { defineRequest, defineSignal, type PayloadOf } from './contract.js';
import { CorrelationId, HostName, ResourceIdField, UnixMs } from './fields.js';
import { DescriptionOutcome } from './host-description.js';
import { Operation } from './operation.js';
import { ReplicaObservation, StateSnapshot } from './state-observed.js';

/** What the remediator signs: bound to one host, valid once and for a short time. */
export const Command = z.object({
  commandId: z.string(),
  host: HostName,
  actionId: z.string(),
  correlationId: CorrelationId,
  resource: ResourceIdField,
  issuedAt: UnixMs,
  expiresAt: UnixMs,
  nonce: z.string().min(16),
  /** Revision of the resource's lock; an agent refuses one lower than it has seen for the resource. */
  fencingToken: z.number().int().nonnegative(),
  operation: Operation,
});
export type Command = z.infer<typeof Command>;

/** A command as it travels: the signature covers the exact bytes of `payload`. */
export const SignedCommand = z.object({
  /** JSON text of a {@link Command}. */
  payload: z.string().max(512 * 1024),
  /** Ed25519 over the UTF-8 bytes of `payload`, base64. */
  signature: z.string().max(128),
});
export type SignedCommand = z.infer<typeof SignedCommand>;

export const CommandResult = z.object({
  commandId: z.string(),
  actionId: z.string(),
  host: HostName,
  /** `refused`: not carried out (code says why); `unknown`: the agent has no record of the command. */
  status: z.enum(['succeeded', 'failed', 'refused', 'precondition-failed', 'unknown']),
  /** For programs, for example `bad-signature`, `wrong-host`, `expired`, `replayed`, `stale-token`, `stopped`, `not-allowed`, `spawn-failed`. */
  code: z.string().optional(),
  message: z.string().max(2048).optional(),
  startedAt: UnixMs,
  /** When the process was started or ended: the `stableAfter` clock starts here. */
  effectAt: UnixMs.optional(),
  finishedAt: UnixMs,
  /** The replica after the operation. */
  observation: ReplicaObservation.optional(),
});
export type CommandResult = z.infer<typeof CommandResult>;

/** What goes down to an agent over its channel. */
export const AgentDownlink = z.discriminatedUnion('type', [
  z.object({ type: z.literal('command'), command: SignedCommand }),
  /** The result is recorded; the agent may forget it (the command's id stays in its ledger). */
  z.object({ type: z.literal('result.ack'), commandId: z.string() }),
  /** Send the result of this command again, or `unknown`. Runs nothing. */
  z.object({ type: z.literal('result.query'), commandId: z.string() }),
  /** Observe now, and answer with the snapshot. Runs nothing. */
  z.object({ type: z.literal('observe'), requestId: z.string() }),
  /**
   * Describe the containers of these names, or all that a manifest may take over. Touches none of them;
   * the values of their variables are written to files of the agent's own.
   */
  z.object({
    type: z.literal('describe'),
    requestId: z.string(),
    names: z.array(z.string().max(255)).max(1000).optional(),
  }),
  /** Stop-the-world, sent on connect and on each change. */
  z.object({ type: z.literal('control'), stopped: z.boolean() }),
]);
export type AgentDownlink = z.infer<typeof AgentDownlink>;

/** What comes up from an agent over its channel. */
export const AgentUplink = z.discriminatedUnion('type', [
  z.object({ type: z.literal('hello'), agentVersion: z.string(), epoch: UnixMs }),
  z.object({ type: z.literal('result'), result: CommandResult }),
  z.object({ type: z.literal('observation'), requestId: z.string(), state: StateSnapshot }),
  /** Fits into one message of NATS. */
  z.object({
    type: z.literal('description'),
    requestId: z.string(),
    outcome: DescriptionOutcome,
  }),
  z.object({ type: z.literal('control.ack'), stopped: z.boolean() }),
]);
export type AgentUplink = z.infer<typeof AgentUplink>;

/**
 * A message for the agent of a host. The collector that holds the agent's channel answers as soon
 * as it was written to the channel; nobody answers when the agent is not connected.
 */
export const AgentCommands = defineRequest(
  'vigil.agents.{host}.commands',
  AgentDownlink,
  z.object({ delivered: z.boolean() }),
);

/** What the agent of a host answered, from the collector that holds its channel. */
export const AgentResults = defineSignal(
  'vigil.agents.{host}.results',
  z.object({ host: HostName, receivedAt: UnixMs, message: AgentUplink }),
);
export type AgentResults = PayloadOf<typeof AgentResults>;
