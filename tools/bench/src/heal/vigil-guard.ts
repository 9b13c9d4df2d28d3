import { World } from '@vigil/e2e';
import { z } from 'zod';
import type { Guard } from './guard.js';

const Details = z.object({
  request: z.object({ observedAt: z.string() }).optional(),
  result: z.object({ startedAt: z.string(), finishedAt: z.string() }).optional(),
});
const Timeline = z.object({
  startedAt: z.string(),
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
const Replicas = z.object({ replicas: z.array(z.object({ health: z.string() })) });

/** Vigil itself, from the launcher on, with a check every second as the targets have it. */
export async function startVigil(service: string, port: number): Promise<Guard> {
  const manifest = `apiVersion: vigil.io/v1
kind: Service
metadata: { name: bench, namespace: bench }
spec:
  runtime: process
  command: [${JSON.stringify(service)}]
  ports: ["${String(port)}:80"]
  healthCheck: { endpoint: /health, port: 80, interval: 1s, timeout: 500ms, failureThreshold: 3, startPeriod: 5s }
  remediation: { stableAfter: 500ms, maxRestarts: 1000 }
`;
  const world = await World.start({ manifests: { 'bench.yaml': manifest } });
  const path = '/manifests/bench/Service/bench';
  await world.until(path, Replicas, ({ replicas }) => replicas[0]?.health === 'healthy');
  return {
    name: 'vigil',
    settings: 'check 1 s, time-out 500 ms, 3 failures, retry 333 ms, stableAfter 500 ms',
    port,
    settleMs: 2_000,
    phaseMs: 1_000,
    noticesHangs: true,
    trace: async (_pid, faultAt) => traceOf(world, faultAt),
    stop: () => world.stop(),
  };
}

/** Offsets from the action's own log, which is written before each effect, and what parts told it. */
async function traceOf(world: World, faultAt: number): Promise<Record<string, number>> {
  const { id } = await world.until('/actions?target=bench/bench&limit=5', Actions, ({ items }) =>
    items.find((each) => Date.parse(each.startedAt) >= faultAt && each.status === 'succeeded'),
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
