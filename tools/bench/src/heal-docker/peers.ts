import type { DockerByHand } from '@vigil/testkit';
import type { ContainerGuard, Place } from './guard.js';

const NANOSECONDS_PER_MS = 1_000_000;
const AUTOHEAL_INTERVAL_MS = 1_000;

/** `docker run --restart=always`: the engine's own way. It has no answer to a removal or a hang. */
export async function startRestartAlways(place: Place): Promise<ContainerGuard> {
  const id = await run(place, {});
  return {
    name: 'docker run --restart=always',
    settings: 'defaults',
    faults: ['main-process'],
    container: () => Promise.resolve(id),
    stop: () => place.engine.docker.remove(id),
  };
}

/**
 * What people add for hangs: a health check of the engine, and a loop that restarts what is unhealthy,
 * as `willfarrell/autoheal` does; with the check of the other guards, and as fast a loop.
 */
export async function startAutoheal(place: Place): Promise<ContainerGuard> {
  const { docker } = place.engine;
  const id = await run(place, {
    Healthcheck: {
      Test: ['CMD-SHELL', 'wget -q -O /dev/null http://127.0.0.1:80/health'],
      Interval: 1_000 * NANOSECONDS_PER_MS,
      Timeout: 500 * NANOSECONDS_PER_MS,
      Retries: 3,
    },
  });
  let stopped = false;
  const timer = setInterval(() => {
    if (!stopped) void restartUnhealthy(docker);
  }, AUTOHEAL_INTERVAL_MS);
  return {
    name: 'docker run --restart=always and an autoheal loop',
    settings: 'HEALTHCHECK 1 s, time-out 500 ms, 3 retries; loop every 1 s, docker restart',
    faults: ['hung'],
    container: () => Promise.resolve(id),
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      await docker.remove(id);
    },
  };
}

const restarting = new Set<string>();

async function restartUnhealthy(docker: DockerByHand): Promise<void> {
  for (const { Id } of await docker.unhealthy()) {
    if (restarting.has(Id)) continue;
    restarting.add(Id);
    await docker.restart(Id).catch(() => undefined);
    restarting.delete(Id);
  }
}

function run({ engine, image, port }: Place, config: object): Promise<string> {
  return engine.docker.run({ image, ports: { [port]: 80 }, restart: 'always', config });
}
