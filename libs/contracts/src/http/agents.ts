import { z } from 'zod';
import { HostName, Labels, UnixMs } from '../fields.js';

/** `POST /agents/tokens` (admin): a token for one enrolment. */
export const EnrolmentTokenRequest = z.object({
  /** Binds the token to one host; absent: any. */
  host: HostName.optional(),
  labels: Labels.optional(),
  /** Default 1 h, at most 7 d. */
  ttlSeconds: z
    .number()
    .int()
    .min(1)
    .max(7 * 86_400)
    .optional(),
});
export type EnrolmentTokenRequest = z.infer<typeof EnrolmentTokenRequest>;

export const EnrolmentToken = z.object({ token: z.string(), expiresAt: z.string() });
export type EnrolmentToken = z.infer<typeof EnrolmentToken>;

/** `POST /agents/enroll`: authenticated by the one-time token in the body. */
export const EnrolRequest = z.object({
  token: z.string(),
  host: HostName,
  agentVersion: z.string(),
});
export type EnrolRequest = z.infer<typeof EnrolRequest>;

export const Enrolled = z.object({
  /** The agent's id is its host name. */
  agentId: HostName,
  /** Bearer key bound to this host; shown once. */
  key: z.string(),
  /** PEM (SPKI) of the Ed25519 key that signs commands. */
  commandPublicKey: z.string(),
  /** Identifies this installation of Vigil. */
  instance: z.string(),
});
export type Enrolled = z.infer<typeof Enrolled>;

export const AgentRecord = z.object({
  id: HostName,
  host: HostName,
  labels: Labels,
  status: z.enum(['connected', 'disconnected']),
  agentVersion: z.string().optional(),
  enrolledAt: UnixMs,
  lastSeenAt: UnixMs.optional(),
  replicas: z.number().int().optional(),
});
export type AgentRecord = z.infer<typeof AgentRecord>;
