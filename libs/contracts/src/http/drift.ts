import { Severity } from '@vigil/manifests';
import { z } from 'zod';
import { DriftClass, DriftState, DriftType } from '../drift.js';
import { HostName, ResourceIdField } from '../fields.js';
import { PageQuery } from './page.js';
import { Instant, TimeParam } from './time.js';

const filters = {
  resource: ResourceIdField.optional().describe('`namespace/kind/name` or `namespace/name`.'),
  host: HostName.optional(),
  type: DriftType.optional(),
  severity: Severity.optional(),
  correlationId: z.string().max(128).optional(),
};

/** `GET /drift`: what differs now. */
export const DriftQuery = z.strictObject({
  ...PageQuery.shape,
  ...filters,
  state: DriftState.exclude(['resolved']).optional().describe('Default: both.'),
});

/** `GET /drift/history`: also what was resolved. */
export const DriftHistoryQuery = z.strictObject({
  ...PageQuery.shape,
  ...filters,
  state: DriftState.optional(),
  since: TimeParam.optional().describe('Detected at or after.'),
  until: TimeParam.optional().describe('Detected before.'),
});

/** A difference between desired and observed state. */
export const DriftView = z.object({
  id: z.string(),
  resource: z.string(),
  host: z.string().optional(),
  type: DriftType,
  class: DriftClass,
  path: z.string().describe('JSON Pointer into the spec of the resource.'),
  desired: z.unknown(),
  observed: z.unknown(),
  severity: Severity,
  score: z.number(),
  detectedAt: Instant,
  updatedAt: Instant,
  resolvedAt: Instant.optional(),
  correlationId: z.string(),
  state: DriftState,
  attribution: z
    .string()
    .optional()
    .describe('Who or what changed the host, as far as it can tell; for people.'),
});
export type DriftView = z.infer<typeof DriftView>;
