import { z } from 'zod';
import { HostName, Labels } from '../fields.js';
import { Instant } from './time.js';

/** `POST /agents/tokens` (admin): a token for one enrolment. */
export const EnrolmentTokenRequest = z.strictObject({
  /** Binds the token to one host; absent: any that is not enrolled yet. */
  host: HostName.optional().describe(
    'The only host that it enrols. Needed to enrol a host again; absent: any new host.',
  ),
  labels: Labels.optional().describe('Labels of the host, put on everything that it reports.'),
  /** Default 1 h, at most 7 d. */
  ttlSeconds: z
    .number()
    .int()
    .min(1)
    .max(7 * 86_400)
    .optional()
    .describe('Default 3600.'),
});
export type EnrolmentTokenRequest = z.infer<typeof EnrolmentTokenRequest>;

export const EnrolmentToken = z.object({ token: z.string(), expiresAt: Instant });
export type EnrolmentToken = z.infer<typeof EnrolmentToken>;

/** `POST /agents/enroll`: authenticated by the one-time token in the body. */
export const EnrolRequest = z.object({
  token: z.string().min(1).max(256),
  host: HostName,
  agentVersion: z.string().max(64),
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
  /** `connected`: a collector holds its channel, commands reach it. */
  status: z.enum(['connected', 'disconnected']),
  agentVersion: z.string().optional(),
  enrolledAt: Instant,
  lastSeenAt: Instant.optional().describe('When it last posted or answered.'),
  replicas: z.number().int().optional().describe('Replicas in its last snapshot.'),
});
export type AgentRecord = z.infer<typeof AgentRecord>;

/** `POST /agents/{id}/describe` (admin). */
export const DescribeBody = z.strictObject({
  containers: z
    .array(z.string().min(1).max(255))
    .min(1)
    .max(1000)
    .optional()
    .describe('Names of containers; absent: all that run and that no Vigil manages.'),
});
export type DescribeBody = z.infer<typeof DescribeBody>;
