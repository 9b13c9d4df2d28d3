import { recordProcess, temporaryDirectory } from '@vigil/testkit';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { cpuMilliseconds, memory } from './agent/process-cost.js';
import { startQuietCollector } from './agent/quiet-collector.js';
import { rounded } from './heal/statistics.js';
import { machine } from './machine.js';

/**
 * What an agent costs a host that it measures and that nothing happens on: memory, and CPU time per
 * collection with everything that belongs to it (spool, sending, channel, garbage collection). One
 * JSON line per interval. Linux only.
 *
 *   npm run bench -- agent [seconds per interval, default 60]
 */
const seconds = Number(process.argv[2] ?? 60);
const WARM_UP_MS = 20_000;

print(machine());
for (const intervalSeconds of [1, 10]) print(await measure(intervalSeconds));

async function measure(intervalSeconds: number): Promise<unknown> {
  const collector = await startQuietCollector();
  const agent = spawn(process.execPath, [join(process.cwd(), 'dist/apps/agent/main.js')], {
    stdio: 'ignore',
    env: {
      PATH: process.env['PATH'],
      VIGIL_COLLECTOR_URL: collector.url,
      VIGIL_ENROLL_TOKEN: 'token',
      VIGIL_AGENT_HOME: temporaryDirectory('agent'),
      VIGIL_AGENT_HOST: 'bench',
      VIGIL_AGENT_PORT: 'off',
      VIGIL_METRICS_INTERVAL: `${String(intervalSeconds)}s`,
      MALLOC_ARENA_MAX: '1',
    },
  });
  const { pid } = agent;
  if (pid === undefined) throw new Error('the agent could not be started');
  recordProcess(pid);
  try {
    await pause(WARM_UP_MS);
    const before = { cpu: cpuMilliseconds(pid), batches: collector.batches() };
    await pause(Math.max(seconds, 3 * intervalSeconds) * 1000);
    const collections = collector.batches() - before.batches;
    return {
      what: 'agent',
      interval_s: intervalSeconds,
      collections,
      cpu_ms_per_collection: rounded((cpuMilliseconds(pid) - before.cpu) / collections, 2),
      ...memory(pid),
    };
  } finally {
    const exited = once(agent, 'exit');
    agent.kill('SIGTERM');
    await exited;
    collector.close();
  }
}

function print(result: unknown): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
