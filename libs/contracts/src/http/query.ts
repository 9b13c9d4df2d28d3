import { parseDuration } from '@vigil/manifests';
import { z } from 'zod';
import { HostName } from '../fields.js';
import { TimeParam } from './time.js';

export const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
export const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** How the samples of a step become one point. Percentiles interpolate linearly. */
export const QueryAggregation = z.enum([
  'avg',
  'min',
  'max',
  'sum',
  'count',
  'last',
  'p50',
  'p95',
  'p99',
]);
export type QueryAggregation = z.infer<typeof QueryAggregation>;

/** `k:v,k2:v2`: the first colon of each part splits; all of them have to match. */
const LabelFilter = z
  .string()
  .max(4096)
  .transform((text, context): Record<string, string> => {
    const labels: Record<string, string> = {};
    for (const part of text.split(',').filter((each) => each !== '')) {
      const colon = part.indexOf(':');
      const name = part.slice(0, Math.max(0, colon));
      if (!LABEL_NAME.test(name)) {
        const message = `found ${JSON.stringify(part)}, expected name:value`;
        context.addIssue({ code: 'custom', message });
        return z.NEVER;
      }
      labels[name] = part.slice(colon + 1);
    }
    return labels;
  });

const LabelNames = z
  .string()
  .max(1024)
  .transform((text, context): string[] => {
    const names = text.split(',').filter((name) => name !== '');
    const wrong = names.find((name) => !LABEL_NAME.test(name));
    if (wrong === undefined) return names;
    const message = `found ${JSON.stringify(wrong)}, expected label names separated by commas`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

const Step = z.string().transform((text, context): number => {
  const duration = /^\d+$/.test(text) ? Number(text) * 1000 : parseDuration(text);
  if (duration !== undefined && duration > 0) return duration;
  context.addIssue({
    code: 'custom',
    message: `found ${JSON.stringify(text)}, expected a duration such as 30s or 5m, or seconds`,
  });
  return z.NEVER;
});

/** The limits of one `GET /query`; a question beyond them is answered with 422. */
export const QUERY_LIMITS = {
  /** As in Prometheus. */
  stepsPerSeries: 11_000,
  series: 10_000,
  points: 500_000,
} as const;

export const MetricQuery = z.strictObject({
  metric: z.string().regex(METRIC_NAME, 'expected a metric name'),
  source: HostName.optional().describe('One source; absent: all of them.'),
  labels: LabelFilter.optional().describe('`name:value,…`, all of which have to match.'),
  from: TimeParam.optional().describe('Default `-1h`. Samples in [from, to) count.'),
  to: TimeParam.optional().describe('Default `now`.'),
  step: Step.optional().describe(
    'Length of a step (`30s`, `5m`, or seconds); steps begin at multiples of it. Absent: the samples themselves, or with `agg` one point for the whole range.',
  ),
  agg: QueryAggregation.optional().describe('Default `avg` when there is a `step`.'),
  by: LabelNames.optional().describe(
    'Label names (also `source`) that make the groups: each group is one series, aggregated over the samples of all of its series. Needs `agg` or `step`.',
  ),
});
export type MetricQuery = z.infer<typeof MetricQuery>;

export const QueryResult = z.object({
  series: z.array(
    z.object({
      metric: z.string(),
      source: z.string().nullable().describe('Null for a group of several sources.'),
      labels: z.record(z.string(), z.string()),
      points: z.array(z.tuple([z.number(), z.number()])).describe('[Unix ms, value], by time.'),
    }),
  ),
});
export type QueryResult = z.infer<typeof QueryResult>;
