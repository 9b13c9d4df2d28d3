import type { World } from '@vigil/e2e';
import { z } from 'zod';
import { quantile } from './statistics.js';

/** Milliseconds from the fault to each step of its repair. */
export type Trace = Readonly<Record<string, number>>;

const Details = z.object({
  request: z.object({ observedAt: z.string() }).optional(),
  result: z.object({ startedAt: z.string(), finishedAt: z.string() }).optional(),
});
const Timeline = z.object({
  timeline: z.array(
    z.object({
      at: z.string(),
      kind: z.string(),
      to: z.string().optional(),
      details: Details,
    }),
  ),
});
const Actions = z.object({
  items: z.array(z.object({ id: z.string(), startedAt: z.string(), status: z.string() })),
});

/**
 * Offsets from the log of the action that dealt with a fault, which is written before each effect, and
 * from what parts told it.
 * @param status how it ended
 */
export async function traceOfAction(
  world: World,
  resource: string,
  faultAt: number,
  status = 'succeeded',
): Promise<Trace> {
  const { id } = await world.until(`/actions?target=${resource}&limit=5`, Actions, ({ items }) =>
    items.find((each) => Date.parse(each.startedAt) >= faultAt && each.status === status),
  );
  const { timeline } = await world.until(`/actions/${id}`, Timeline, (action) => action);
  const offsets: Record<string, number> = {};
  const note = (step: string, at: string | undefined): void => {
    if (at !== undefined) offsets[step] ??= Date.parse(at) - faultAt;
  };
  for (const { at, kind, to, details } of timeline) {
    note('observed by the evaluator', details.request?.observedAt);
    note('command received by the agent', details.result?.startedAt);
    note('command answered by the agent', details.result?.finishedAt);
    note(to ?? kind, at);
  }
  return offsets;
}

/** Median offset of each step, in the order in which they come. */
export function medianTrace(traces: readonly Trace[]): Trace {
  const steps = new Map<string, number[]>();
  for (const [step, offset] of traces.flatMap((trace) => Object.entries(trace))) {
    steps.set(step, [...(steps.get(step) ?? []), offset]);
  }
  const medians = [...steps].map(([step, offsets]) => [step, quantile(offsets, 0.5)] as const);
  return Object.fromEntries(medians.toSorted(([, a], [, b]) => a - b));
}
