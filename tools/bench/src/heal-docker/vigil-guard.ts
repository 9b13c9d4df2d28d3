import { World } from '@vigil/e2e';
import type { DockerEngine } from '@vigil/testkit';
import { z } from 'zod';
import { traceOfAction, type Trace } from '../heal/trace.js';
import type { ContainerGuard, Place } from './guard.js';

const Replicas = z.object({ replicas: z.array(z.object({ health: z.string() })) });
const RESOURCE = 'bench/Service/bench';

/** Vigil itself, from the launcher on, with a check every second as the targets have it. */
export async function startVigil({ engine, image, port }: Place): Promise<ContainerGuard> {
  const manifest = `apiVersion: vigil.io/v1
kind: Service
metadata: { name: bench, namespace: bench }
spec:
  image: ${image}
  ports: ["${String(port)}:80"]
  healthCheck: { endpoint: /health, port: 80, interval: 1s, timeout: 500ms, failureThreshold: 3, startPeriod: 5s }
  remediation: { stableAfter: 500ms, maxRestarts: 1000 }
`;
  const world = await World.start({ manifests: { 'bench.yaml': manifest }, engine });
  await world.until(
    `/manifests/${RESOURCE}`,
    Replicas,
    ({ replicas }) => replicas[0]?.health === 'healthy',
  );
  return {
    name: 'vigil',
    settings: 'check 1 s, time-out 500 ms, 3 failures, retry 333 ms, stableAfter 500 ms',
    faults: ['main-process', 'removed', 'hung'],
    container: async () => {
      const [container] = await engine.docker.list(`vigil.io/resource=${RESOURCE}`);
      if (container === undefined) throw new Error('Vigil has no container');
      return container.Id;
    },
    trace: async (fault, faultAt) => ({
      // what the engine restarts by itself is left to it
      ...(fault === 'main-process' ? {} : await traceOfAction(world, 'bench/bench', faultAt)),
      ...(await traceOfEngine(engine, faultAt)),
    }),
    stop: () => world.stop(),
  };
}

/** The first event of each kind that the engine told after the fault. */
async function traceOfEngine({ docker }: DockerEngine, faultAt: number): Promise<Trace> {
  const offsets: Record<string, number> = {};
  for (const { action, at } of await docker.events(faultAt)) {
    offsets[`engine: ${action}`] ??= Math.round(at - faultAt);
  }
  return offsets;
}
