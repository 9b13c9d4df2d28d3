import { z } from 'zod';

/** What the scenarios read of the API's answers. */
export const ResourceStatus = z.object({
  resource: z.string(),
  sync: z.string(),
  health: z.string(),
  desiredReplicas: z.number().optional(),
  readyReplicas: z.number().optional(),
  replicas: z.array(
    z.object({
      replica: z.number(),
      state: z.string(),
      health: z.string(),
      pid: z.number().optional(),
      ports: z.array(z.number()),
    }),
  ),
});
export type ResourceStatus = z.infer<typeof ResourceStatus>;

export const Action = z.object({
  id: z.string(),
  correlationId: z.string(),
  target: z.string(),
  action: z.string(),
  status: z.string(),
  startedAt: z.string(),
  causes: z.array(z.object({ key: z.string() })),
  reason: z.object({ code: z.string(), message: z.string() }).optional(),
});
export type Action = z.infer<typeof Action>;

export const Explanation = z.object({
  steps: z.array(z.object({ at: z.string(), kind: z.string(), summary: z.string() })),
});

export const Drift = z.object({
  resource: z.string(),
  host: z.string().optional(),
  type: z.string(),
  state: z.string(),
  correlationId: z.string(),
  detectedAt: z.string(),
  attribution: z.string().optional(),
});
export type Drift = z.infer<typeof Drift>;

export const Alert = z.object({
  policy: z.string(),
  resource: z.string().optional(),
  state: z.string(),
  correlationId: z.string(),
});
export type Alert = z.infer<typeof Alert>;

export const Source = z.object({
  name: z.string(),
  kind: z.string(),
  status: z.string(),
  message: z.string().optional(),
  revision: z.string().nullable(),
  commit: z.object({ id: z.string(), author: z.string(), message: z.string() }).optional(),
  errors: z.array(
    z.object({ file: z.string(), line: z.number(), path: z.string(), message: z.string() }),
  ),
});
export type Source = z.infer<typeof Source>;

export const Series = z.object({
  series: z.array(z.object({ points: z.array(z.tuple([z.number(), z.number()])) })),
});

export const pageOf = <Item extends z.ZodType>(item: Item) => z.object({ items: z.array(item) });

export const Health = z.object({
  status: z.string(),
  components: z.record(z.string(), z.object({ status: z.string() })),
});
export type Health = z.infer<typeof Health>;
