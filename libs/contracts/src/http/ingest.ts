import { z } from 'zod';
import { HostName, ResourceIdField, UnixMs } from '../fields.js';
import { StateSnapshot } from '../state-observed.js';

/** Limits of one `POST /ingest` body. */
export const INGEST_LIMITS = {
  /** Bytes of the body after decompression. */
  bodyBytes: 16 * 1024 * 1024,
  metrics: 50_000,
  labelsPerSample: 32,
  labelValueLength: 1024,
  /** A sample may lie this far in the collector's future. */
  futureMs: 10 * 60_000,
} as const;

/** `name`: Prometheus' metric name. `timestamp`: RFC 3339 or Unix ms; absent: when it arrived. */
export const IngestSample = z.object({
  name: z.string(),
  value: z.number(),
  labels: z.record(z.string(), z.string()).optional(),
  timestamp: z.union([z.string(), z.number()]).optional(),
});
export type IngestSample = z.infer<typeof IngestSample>;

/**
 * One attempt of one health check. The collector turns it into the samples `health_check_failed`
 * (1 or 0) and `health_check_duration_seconds`, with the labels `resource` and `replica`.
 */
export const CheckAttempt = z.object({
  resource: ResourceIdField,
  replica: z.number().int().nonnegative(),
  /** When the attempt started. */
  at: UnixMs,
  success: z.boolean(),
  durationMs: z.number().nonnegative(),
  /** True for failures that do not count: before the first success within `startPeriod`. */
  starting: z.boolean(),
  message: z.string().max(1024).optional(),
});
export type CheckAttempt = z.infer<typeof CheckAttempt>;

export const IngestBatch = z.object({
  source: HostName,
  batchId: z.string().min(1).max(128).optional(),
  metrics: z.array(IngestSample).max(INGEST_LIMITS.metrics),
  state: StateSnapshot.optional(),
  checks: z.array(CheckAttempt).max(10_000).optional(),
});
export type IngestBatch = z.infer<typeof IngestBatch>;

/** 202: good samples are kept, bad ones named. */
export const IngestAccepted = z.object({
  accepted: z.number().int(),
  rejected: z.array(z.object({ index: z.number().int(), path: z.string(), message: z.string() })),
});
export type IngestAccepted = z.infer<typeof IngestAccepted>;
