import { z } from 'zod';
import { Host } from './host.js';
import { Policy } from './policy.js';
import { Service } from './service.js';
import { Source } from './source.js';

/** The canonical form of one resource, of any kind that this version knows. */
export const Manifest = z.discriminatedUnion('kind', [Service, Policy, Host, Source]);
export type Manifest = z.infer<typeof Manifest>;

export const KNOWN_KINDS = [
  'Service',
  'Policy',
  'Host',
  'Source',
] as const satisfies readonly Manifest['kind'][];
export type Kind = Manifest['kind'];

/** Kinds that are planned, so that a manifest written for a later version is told apart from a typo. */
export const PLANNED_KINDS = [
  'File',
  'AlertRule',
  'NotificationChannel',
  'Route',
  'Silence',
  'Maintenance',
  'Runbook',
  'SLO',
] as const;
