import { z } from 'zod';
import { defineSignal, type PayloadOf } from './contract.js';
import { HostName, UnixMs } from './fields.js';

/**
 * The channel of an agent was opened or closed, said by the collector that holds it. Of two channels
 * of one agent the newer one stays: a collector that hears of a newer one closes its own.
 */
export const AgentPresenceChanged = defineSignal(
  'vigil.agents.{host}.presence',
  z.object({
    host: HostName,
    status: z.enum(['connected', 'disconnected']),
    /** Identifies the channel, not the agent. */
    channelId: z.string(),
    openedAt: UnixMs,
    at: UnixMs,
  }),
);
export type AgentPresenceChanged = PayloadOf<typeof AgentPresenceChanged>;
