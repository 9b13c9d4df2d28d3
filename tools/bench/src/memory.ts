import { World } from '@vigil/e2e';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { cpuMilliseconds, memory } from './agent/process-cost.js';
import { rounded } from './heal/statistics.js';
import { machine } from './machine.js';

/**
 * What each process of an installation costs when nothing happens: the whole product as `npm start`
 * runs it, with the example of the checkout. One JSON line per process. Linux only.
 *
 *   npm run bench -- memory [seconds after the start, default 60]
 */
const seconds = Number(process.argv[2] ?? 60);
const Recorded = z.object({ name: z.string(), pid: z.number() });

print(machine());
const world = await World.start({
  source: join(process.cwd(), 'manifests'),
  env: { VIGIL_METRICS_INTERVAL: '10s' },
});
try {
  const processes = recorded(join(world.home, 'run'));
  const cpuAtFirst = new Map(processes.map(({ pid }) => [pid, cpuMilliseconds(pid)]));
  await pause(seconds * 1000);
  for (const { name, pid } of processes) {
    const cpuMs = cpuMilliseconds(pid) - (cpuAtFirst.get(pid) ?? 0);
    const ofOneCore = rounded(cpuMs / seconds / 10, 2);
    print({ what: 'memory', name, ...memory(pid), idle_cpu_percent: ofOneCore });
  }
} finally {
  await world.stop();
}

/** The processes that the launcher has written down. */
function recorded(directory: string): z.infer<typeof Recorded>[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith('.process.json'))
    .map((file) => Recorded.parse(JSON.parse(readFileSync(join(directory, file), 'utf8'))));
}

function print(result: unknown): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
