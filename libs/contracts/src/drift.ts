import { Severity } from '@vigil/manifests';
import { z } from 'zod';
import { defineEvent, type PayloadOf } from './contract.js';
import { CorrelationId, HostName, ResourceIdField, UnixMs } from './fields.js';

export const DriftType = z.enum([
  'missing',
  'replicas',
  'image',
  'config',
  'resources',
  'health',
  'unit-state',
  'file-content',
  'file-mode',
  'orphaned',
  'conflict',
  'unreachable',
]);
export type DriftType = z.infer<typeof DriftType>;

/** `corrective`: somebody or something changed the host; `intentional`: Git changed and the roll-out is due. */
export const DriftClass = z.enum(['corrective', 'intentional']);
export type DriftClass = z.infer<typeof DriftClass>;

/** `ignored` until the difference changes; `resolved` when the two sides agree again. */
export const DriftState = z.enum(['open', 'ignored', 'resolved']);
export type DriftState = z.infer<typeof DriftState>;

/** A difference between desired and observed state. The id is stable for the same difference. */
export const DriftRecord = z.object({
  id: z.string(),
  resource: ResourceIdField,
  host: HostName.optional(),
  type: DriftType,
  class: DriftClass,
  /** JSON Pointer into the resource's spec, for example `/replicas` or `/env/MODE`. */
  path: z.string(),
  desired: z.json(),
  observed: z.json(),
  severity: Severity,
  score: z.number(),
  detectedAt: UnixMs,
  updatedAt: UnixMs,
  resolvedAt: UnixMs.optional(),
  correlationId: CorrelationId,
  state: DriftState,
  /** Who or what changed the host, as far as the host can tell; for people. */
  attribution: z.string().max(512).optional(),
});
export type DriftRecord = z.infer<typeof DriftRecord>;

/** A resource differs from its desired state. Published once per new difference. */
export const DriftDetected = defineEvent('vigil.drift.detected', 'EVENTS', DriftRecord);
export type DriftDetected = PayloadOf<typeof DriftDetected>;

/** The same difference changed its observed side, severity or state. */
export const DriftUpdated = defineEvent('vigil.drift.updated', 'EVENTS', DriftRecord);
export type DriftUpdated = PayloadOf<typeof DriftUpdated>;

/** The difference is gone, or its resource was removed from Git. */
export const DriftResolved = defineEvent('vigil.drift.resolved', 'EVENTS', DriftRecord);
export type DriftResolved = PayloadOf<typeof DriftResolved>;
