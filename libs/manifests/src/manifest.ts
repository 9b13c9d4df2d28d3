import type { Policy } from './policy.js';
import type { Service } from './service.js';

/** The canonical form of one resource, of any kind that this version knows. */
export type Manifest = Service | Policy;

export const KNOWN_KINDS = ['Service', 'Policy'] as const;
export type Kind = (typeof KNOWN_KINDS)[number];

/** Kinds that are planned, so that a manifest written for a later version is told apart from a typo. */
export const PLANNED_KINDS = [
  'File',
  'Host',
  'Source',
  'AlertRule',
  'NotificationChannel',
  'Route',
  'Silence',
  'Maintenance',
  'Runbook',
  'SLO',
] as const;
