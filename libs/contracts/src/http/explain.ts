import { z } from 'zod';
import { ResourceIdField } from '../fields.js';
import { ManifestView } from './manifests.js';
import { Instant } from './time.js';

/** One link of a causal chain. */
export const ExplainStep = z.object({
  at: Instant,
  kind: z.enum(['evidence', 'alert', 'drift', 'decision', 'action', 'outcome']),
  summary: z.string().describe('One sentence for people.'),
  resource: z.string().optional(),
  /** Of the drift, alert, decision or action that it is about. */
  id: z.string().optional(),
  data: z.record(z.string(), z.unknown()),
});
export type ExplainStep = z.infer<typeof ExplainStep>;

/** `GET /explain/{correlationId}`: samples → condition → drift → decision → action → outcome. */
export const Explanation = z.object({
  correlationId: z.string(),
  resources: z.array(z.string()),
  summary: z.string(),
  steps: z.array(ExplainStep),
});
export type Explanation = z.infer<typeof Explanation>;

export const ExplainQuery = z.strictObject({ resource: ResourceIdField });

/** Something that keeps a resource from being repaired now. */
export const Obstacle = z.object({
  kind: z.enum(['control', 'suppressed', 'decision', 'pending-approval']),
  code: z.string(),
  message: z.string(),
  gate: z.string().optional(),
  since: Instant,
  /** When it is tried again by itself; absent: when something changes. */
  nextAttemptAt: Instant.optional(),
  actionId: z.string().optional(),
  correlationId: z.string().optional(),
});
export type Obstacle = z.infer<typeof Obstacle>;

/** `GET /explain?resource=`: why, and why not, for one resource now. */
export const ResourceExplanation = z.object({
  resource: z.string(),
  summary: z.string(),
  status: ManifestView.nullable(),
  obstacles: z.array(Obstacle),
  chains: z.array(Explanation).describe('The newest causal chains about it, newest first.'),
});
export type ResourceExplanation = z.infer<typeof ResourceExplanation>;
