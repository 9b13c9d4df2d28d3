import { z } from 'zod';
import { defineEvent, type PayloadOf } from './contract.js';
import { UnixMs } from './fields.js';

/** More sources than these are not named: all of them are meant. */
export const MAX_MISSED_SOURCES = 1_000;

/**
 * Samples were stored that could not be published as `MetricsIngested`. Whoever evaluates samples reads
 * them from the store. Said by the collector that stored them, as soon as it can.
 */
export const MetricsMissed = defineEvent(
  'vigil.metrics.missed',
  'METRICS',
  z.object({
    /** The oldest and the newest time of such a sample. */
    from: UnixMs,
    to: UnixMs,
    /** Whose samples; absent: there are too many. */
    sources: z.array(z.string()).max(MAX_MISSED_SOURCES).optional(),
  }),
);
export type MetricsMissed = PayloadOf<typeof MetricsMissed>;
