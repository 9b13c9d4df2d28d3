import { World } from '@vigil/e2e';
import { z } from 'zod';
import type { Guard } from './guard.js';
import { traceOfAction } from './trace.js';

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
    trace: async (_pid, faultAt) => traceOfAction(world, 'bench/bench', faultAt),
    stop: () => world.stop(),
  };
}
