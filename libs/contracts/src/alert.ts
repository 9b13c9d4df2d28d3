import { Severity } from '@vigil/manifests';
import { z } from 'zod';
import { defineEvent, type PayloadOf } from './contract.js';
import { CorrelationId, Labels, ResourceIdField, UnixMs } from './fields.js';

/** Beside these, `unknown` freezes whatever state it interrupts. */
export const AlertState = z.enum(['inactive', 'pending', 'firing', 'resolved', 'unknown']);
export type AlertState = z.infer<typeof AlertState>;

/** A sample that made a condition true or false. */
export const Evidence = z.object({
  metric: z.string(),
  source: z.string(),
  labels: Labels,
  timestamp: UnixMs,
  value: z.number(),
});
export type Evidence = z.infer<typeof Evidence>;

/** One firing of one policy for one label set. */
export const AlertRecord = z.object({
  id: z.string(),
  /** Resource id of the policy. */
  policy: ResourceIdField,
  /** What the alert is about; absent when it cannot be told. */
  resource: ResourceIdField.optional(),
  labels: Labels,
  condition: z.string(),
  severity: Severity,
  state: AlertState,
  /** The latest value of the condition's series, when it has one. */
  value: z.number().optional(),
  /** Since when the condition has been true. */
  activeAt: UnixMs,
  firedAt: UnixMs,
  resolvedAt: UnixMs.optional(),
  /** A few samples that explain the verdict, oldest first. */
  evidence: z.array(Evidence).max(20),
  correlationId: CorrelationId,
});
export type AlertRecord = z.infer<typeof AlertRecord>;

/** A policy's condition has held for its window. */
export const AlertFiring = defineEvent('vigil.alerts.firing', 'EVENTS', AlertRecord);
export type AlertFiring = PayloadOf<typeof AlertFiring>;

/** The condition no longer holds (never sent because data is missing). */
export const AlertResolved = defineEvent('vigil.alerts.resolved', 'EVENTS', AlertRecord);
export type AlertResolved = PayloadOf<typeof AlertResolved>;
