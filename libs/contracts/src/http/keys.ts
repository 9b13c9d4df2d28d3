import { z } from 'zod';
import { Role } from './role.js';
import { Instant } from './time.js';

/** `POST /keys`: a key for a person or a program. Agents get theirs by enrolment. */
export const KeyRequest = z.strictObject({
  name: z.string().trim().min(1).max(128).describe('Whose it is, or what it is for.'),
  role: Role.exclude(['agent']),
  ttlSeconds: z
    .number()
    .int()
    .min(60)
    .max(10 * 365 * 86_400)
    .optional()
    .describe('Absent: it does not expire.'),
});
export type KeyRequest = z.infer<typeof KeyRequest>;

export const KeyRecord = z.object({
  id: z.string(),
  name: z.string(),
  prefix: z.string().describe('First characters of the key, to recognise it by.'),
  role: Role,
  host: z.string().optional(),
  createdAt: Instant,
  createdBy: z.string(),
  expiresAt: Instant.optional(),
  revokedAt: Instant.optional(),
});
export type KeyRecord = z.infer<typeof KeyRecord>;

export const CreatedKey = KeyRecord.extend({
  key: z.string().describe('The key itself: shown now, and never again.'),
});
export type CreatedKey = z.infer<typeof CreatedKey>;
