import { Host } from './host.js';
import { Policy } from './policy.js';
import { Service } from './service.js';

/** The canonical form of one resource, of any kind that this version knows. */
export type Manifest = Service | Policy | Host;

export const KNOWN_KINDS = ['Service', 'Policy', 'Host'] as const;
export type Kind = (typeof KNOWN_KINDS)[number];

/** Kinds that are planned, so that a manifest written for a later version is told apart from a typo. */
export const PLANNED_KINDS = [
  'File',
  'Source',
  'AlertRule',
  'NotificationChannel',
  'Route',
  'Silence',
  'Maintenance',
  'Runbook',
  'SLO',
] as const;

const SCHEMAS = { Service, Policy, Host } as const satisfies Record<Kind, unknown>;

/** Reads the canonical form of any kind. Throws a ZodError when it is none. */
export function readManifest(kind: Kind, value: unknown): Manifest {
  return SCHEMAS[kind].parse(value);
}
