import { World } from '@vigil/e2e';
import { z } from 'zod';
import type { Guard } from './guard.js';

const Timeline = z.object({
  startedAt: z.string(),
  timeline: z.array(
    z.object({
      at: z.string(),
      kind: z.string(),
      to: z.string().optional(),
      details: z.record(z.string(), z.unknown()),
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
  command: [${JSON.stringify(process.execPath)}, ${JSON.stringify(service)}]
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

/** Offsets of the action's own log, which is written before each effect. */
async function traceOf(world: World, faultAt: number): Promise<Record<string, number>> {
  const { id } = await world.until('/actions?target=bench/bench&limit=5', Actions, ({ items }) =>
    items.find((each) => Date.parse(each.startedAt) >= faultAt && each.status === 'succeeded'),
  );
  const { timeline } = await world.until(`/actions/${id}`, Timeline, (action) => action);
  const offsets: Record<string, number> = {};
  for (const { at, kind, to } of timeline) offsets[to ?? kind] ??= Date.parse(at) - faultAt;
  return offsets;
}
