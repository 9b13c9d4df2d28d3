import { Runtime } from '@vigil/manifests';
import { z } from 'zod';
import { defineEvent, type PayloadOf } from './contract.js';
import { Digest, HostName, ResourceIdField, UnixMs } from './fields.js';

export const SyncStatus = z.enum(['Synced', 'OutOfSync', 'Unknown']);
export type SyncStatus = z.infer<typeof SyncStatus>;

export const ResourceHealth = z.enum([
  'Healthy',
  'Progressing',
  'Degraded',
  'Suspended',
  'Missing',
  'Unknown',
]);
export type ResourceHealth = z.infer<typeof ResourceHealth>;

/** The evaluator's verdict on a resource; published when it changes. */
export const ResourceStatusChanged = defineEvent(
  'vigil.resources.status',
  'EVENTS',
  z.object({
    resource: ResourceIdField,
    source: z.string().optional(),
    sync: SyncStatus,
    health: ResourceHealth,
    /** Why, in a sentence, when it is not Synced and Healthy. */
    message: z.string().optional(),
    desiredReplicas: z.number().int(),
    readyReplicas: z.number().int(),
    desiredDigest: Digest.optional(),
    /** The digest that repairs use instead, after a roll-back. */
    heldDigest: Digest.optional(),
    replicas: z.array(
      z.object({
        replica: z.number().int(),
        host: HostName,
        runtime: Runtime,
        state: z.string(),
        health: z.string(),
        pid: z.number().int().optional(),
        ports: z.array(z.number().int()),
        startedAt: UnixMs.optional(),
        /** What it runs in, with runtime `docker`. */
        container: z.object({ id: z.string(), name: z.string(), image: z.string() }).optional(),
      }),
    ),
    removed: z.boolean(),
    at: UnixMs,
  }),
);
export type ResourceStatusChanged = PayloadOf<typeof ResourceStatusChanged>;
