import { z } from 'zod';
import { Metadata } from './service.js';

/**
 * Canonical form of a `kind: Host` manifest: what Git says of a host. Its name is that of the host, and
 * its namespace always the default one, because a host belongs to no namespace.
 */
export const Host = z.strictObject({
  apiVersion: z.literal('vigil.io/v1'),
  kind: z.literal('Host'),
  metadata: Metadata,
  spec: z.strictObject({
    /** What `placement.hosts.matchLabels` chooses by, and what everything from the host is labelled with. */
    labels: z.record(z.string(), z.string()),
  }),
});
export type Host = z.infer<typeof Host>;
