import { z } from 'zod';
import { defineEvent, type PayloadOf } from './contract.js';
import { Labels, UnixMs } from './fields.js';

/** Samples of a source always travel on the same partition, so that one consumer sees them in order. */
export const METRIC_PARTITIONS = 8;

/** One value of one series. A sample is identified by (name, source, labels, timestamp). */
export const Sample = z.object({
  name: z.string(),
  labels: Labels,
  value: z.number(),
  timestamp: UnixMs,
});
export type Sample = z.infer<typeof Sample>;

/** A batch of validated samples of one source, enriched with host labels. May be repeated. */
export const MetricsIngested = defineEvent(
  'vigil.metrics.ingested.{partition}',
  'METRICS',
  z.object({
    source: z.string(),
    receivedAt: UnixMs,
    samples: z.array(Sample),
  }),
);
export type MetricsIngested = PayloadOf<typeof MetricsIngested>;

/** FNV-1a (32 bit) of the source, modulo {@link METRIC_PARTITIONS}. */
export function metricPartition(source: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(source)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash % METRIC_PARTITIONS;
}
