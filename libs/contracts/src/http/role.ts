import { z } from 'zod';

/**
 * What a key may do. `admin`: everything; `operator`: read, and act on resources, sources and the
 * system; `read-only`: read; `ingest`: post samples for any source; `agent`: what the agent of one
 * host needs, for that host alone.
 */
export const Role = z.enum(['admin', 'operator', 'read-only', 'ingest', 'agent']);
export type Role = z.infer<typeof Role>;

/**
 * Who may use a route. `open` needs no key; `token`: whoever presents a one-time token in the body;
 * `signed-in`: every valid key.
 */
export const ROUTE_ACCESS = {
  open: [],
  token: [],
  'signed-in': ['admin', 'operator', 'read-only', 'ingest', 'agent'],
  read: ['admin', 'operator', 'read-only'],
  operate: ['admin', 'operator'],
  administer: ['admin'],
  ingest: ['admin', 'ingest', 'agent'],
  agent: ['agent'],
} as const satisfies Record<string, readonly Role[]>;

export type RouteAccess = keyof typeof ROUTE_ACCESS;
