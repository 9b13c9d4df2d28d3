import type { Dimension } from './units.js';

/** What is known about the values of a metric from its name alone. */
export interface MetricFacts {
  readonly dimension: Dimension;
  /**
   * Size of the metric's own unit in the base unit: 0.001 for milliseconds. A ratio (0–1) counts as
   * percent with 100, so that `cache_hit_ratio < 80%` means 0.8.
   */
  readonly scale: number;
  /** The least and greatest value that it can have, in its own unit. */
  readonly min: number;
  readonly max: number;
  /** True for 0/1 metrics, false when it surely is none, undefined when the name does not say. */
  readonly flag: boolean | undefined;
}

const UNBOUNDED = { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY };
const NOT_NEGATIVE = { min: 0, max: Number.POSITIVE_INFINITY };

const PERCENT: MetricFacts = { dimension: 'percent', scale: 1, min: 0, max: 100, flag: false };
const FLAG: MetricFacts = { dimension: 'plain', scale: 1, min: 0, max: 1, flag: true };
const COUNT: MetricFacts = { dimension: 'plain', scale: 1, ...NOT_NEGATIVE, flag: false };
const SECONDS: MetricFacts = { dimension: 'time', scale: 1, ...UNBOUNDED, flag: false };
const MILLISECONDS: MetricFacts = { dimension: 'time', scale: 1e-3, ...UNBOUNDED, flag: false };
const BYTES: MetricFacts = { dimension: 'bytes', scale: 1, ...UNBOUNDED, flag: false };
const RATIO: MetricFacts = { dimension: 'percent', scale: 100, ...UNBOUNDED, flag: false };
const ANYTHING: MetricFacts = { dimension: 'plain', scale: 1, ...UNBOUNDED, flag: undefined };

/** Metrics that the agent itself measures. Percent metrics carry values from 0 to 100. */
const KNOWN: ReadonlyMap<string, MetricFacts> = new Map([
  ['cpu_usage', PERCENT],
  ['memory_usage', PERCENT],
  ['disk_usage', PERCENT],
  ['swap_usage', PERCENT],
  ['health_check_failed', FLAG],
  ['load1', COUNT],
  ['load5', COUNT],
  ['load15', COUNT],
  ['process_count', COUNT],
  ['uptime_seconds', { ...SECONDS, min: 0 }],
]);

/** Suffixes as Prometheus names metrics: base units, and `_total` for counters. */
const SUFFIXES: readonly (readonly [RegExp, MetricFacts])[] = [
  [/_bytes(_total|_per_second)?$/, BYTES],
  [/_(ms|milliseconds)(_total)?$/, MILLISECONDS],
  [/_seconds(_total)?$/, SECONDS],
  [/_percent$/, { ...PERCENT, ...UNBOUNDED }],
  [/_ratio$/, RATIO],
];

/** Facts about a metric; a name that says nothing may hold anything. */
export function metricFacts(metric: string): MetricFacts {
  const known = KNOWN.get(metric);
  if (known !== undefined) return known;
  return SUFFIXES.find(([pattern]) => pattern.test(metric))?.[1] ?? ANYTHING;
}
