import { Severity } from '@vigil/manifests';
import { z } from 'zod';
import { AlertState } from '../alert.js';
import { ResourceIdField } from '../fields.js';
import { PageQuery } from './page.js';
import { Instant, TimeParam } from './time.js';

export const AlertQuery = z.strictObject({
  ...PageQuery.shape,
  state: AlertState.optional().describe('Default: all of them.'),
  severity: Severity.optional(),
  resource: ResourceIdField.optional(),
  since: TimeParam.optional().describe('Fired at or after.'),
});

export const AlertView = z.object({
  id: z.string(),
  policy: z.string(),
  resource: z.string().optional(),
  labels: z.record(z.string(), z.string()),
  condition: z.string(),
  severity: Severity,
  state: AlertState,
  value: z.number().optional(),
  activeAt: Instant,
  firedAt: Instant,
  resolvedAt: Instant.optional(),
  evidence: z.array(
    z.object({
      metric: z.string(),
      source: z.string(),
      labels: z.record(z.string(), z.string()),
      timestamp: Instant,
      value: z.number(),
    }),
  ),
  correlationId: z.string(),
});
export type AlertView = z.infer<typeof AlertView>;
