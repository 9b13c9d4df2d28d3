import { z } from 'zod';
import { ManifestError } from '../manifests-rejected.js';
import { ResourceHealth, ResourceStatusChanged, SyncStatus } from '../resource-status.js';
import { PageQuery } from './page.js';
import { Instant } from './time.js';

export const ManifestQuery = z.strictObject({
  ...PageQuery.shape,
  namespace: z.string().max(253).optional(),
  kind: z.string().max(63).optional(),
  source: z.string().max(253).optional(),
  sync: SyncStatus.optional(),
  health: ResourceHealth.optional(),
});

export const ManifestParams = z.object({
  namespace: z.string().min(1).max(253),
  kind: z.string().min(1).max(63),
  name: z.string().min(1).max(253),
});

export const ManifestView = z.object({
  resource: z.string(),
  namespace: z.string(),
  kind: z.string(),
  name: z.string(),
  source: z.string().nullable().describe('Null for a resource that left its source.'),
  revision: z.string().nullable(),
  checksum: z.string().nullable().describe('SHA-256 of the canonical manifest.'),
  file: z.string().optional(),
  line: z.number().int().optional(),
  sync: SyncStatus,
  health: ResourceHealth,
  message: z.string().optional(),
  desiredReplicas: z.number().int().optional(),
  readyReplicas: z.number().int().optional(),
  updatedAt: Instant.optional(),
});
export type ManifestView = z.infer<typeof ManifestView>;

const ReplicaView = ResourceStatusChanged.schema.shape.replicas.element
  .omit({ startedAt: true })
  .extend({ startedAt: Instant.optional() });

export const ManifestDetail = ManifestView.extend({
  manifest: z.unknown().describe('The canonical manifest that is in force.'),
  heldDigest: z.string().optional(),
  replicas: z.array(ReplicaView),
});
export type ManifestDetail = z.infer<typeof ManifestDetail>;

/** One version of one manifest. */
export const ManifestRevision = z.object({
  version: z.number().int().describe('Counts the versions of the resource, from 1.'),
  revision: z.string().describe('The first revision with this version.'),
  source: z.string(),
  checksum: z.string(),
  inForce: z.boolean(),
  createdAt: Instant,
  manifest: z.unknown(),
});
export type ManifestRevision = z.infer<typeof ManifestRevision>;

export const SourceView = z.object({
  name: z.string(),
  kind: z.string().describe('`directory` or `git`.'),
  location: z.string(),
  status: z.string().describe('`Pending`, `Synced`, `Rejected`, `Suspended` or `Unknown`.'),
  message: z.string().optional().describe('Why it is not `Synced`.'),
  revision: z.string().nullable().describe('What is in force.'),
  triedRevision: z.string().optional().describe('The newest one; differs after a rejection.'),
  commit: z
    .object({ id: z.string(), author: z.string(), message: z.string(), committedAt: Instant })
    .optional(),
  resources: z.number().int().describe('How many are in force.'),
  suspended: z
    .object({ reason: z.string(), actor: z.string(), at: Instant })
    .nullable()
    .describe('Set while it is suspended.'),
  lastSuccessAt: Instant.optional(),
  lastAttemptAt: Instant.optional(),
  nextAttemptAt: Instant.optional(),
  errors: z.array(ManifestError).describe('Why the newest revision was rejected.'),
  warnings: z.array(z.string()).describe('About the revision in force.'),
});
export type SourceView = z.infer<typeof SourceView>;

export const SourceParams = z.object({ name: z.string().min(1).max(253) });

export const SourceSynced = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('applied'), revision: z.string(), changed: z.boolean() }),
  z.object({
    outcome: z.literal('rejected'),
    revision: z.string(),
    inForce: z.string().optional(),
    errors: z.array(ManifestError),
  }),
]);
