import { freePort, temporaryDirectory } from '@vigil/testkit';
import { spawn } from 'node:child_process';
import type { Guard } from './heal/guard.js';
import { answering, healOnce, type Fault, type Healing } from './heal/measure.js';
import { startMonit, startSupervisord } from './heal/peers.js';
import { writeService } from './heal/service.js';
import { quantile, rounded } from './heal/statistics.js';
import { medianTrace } from './heal/trace.js';
import { startVigil } from './heal/vigil-guard.js';
import { machine } from './machine.js';

/**
 * Self-healing: from a fault of a process service to another launch that answers over HTTP. Vigil as
 * the launcher runs it, beside supervisord and monit where they are installed, one after the other.
 * Prints one JSON line per guard and fault. Quote them with the first line: they depend on the machine,
 * and on what else it does.
 *
 *   npm run bench -- heal [repetitions, default 20]
 */
const repetitions = Number(process.argv[2] ?? 20);

const directory = temporaryDirectory('heal');
const service = writeService(directory);
print(machine());
print({ what: 'service', runtime: service.runtime, start_s: rounded(await startAlone()) });

for (const start of [startVigil, peer(startSupervisord), peer(startMonit)]) {
  const guard = await start(service.path, await freePort());
  if (guard === undefined) continue;
  try {
    await answering(guard.port);
    await measure(guard, 'SIGKILL');
    if (guard.noticesHangs) await measure(guard, 'SIGSTOP');
  } finally {
    await guard.stop();
  }
}

function peer(start: typeof startMonit) {
  return (path: string, port: number) => Promise.resolve(start(directory, path, port));
}

/** What the service itself needs to start: the floor of every figure. */
async function startAlone(): Promise<number> {
  const seconds: number[] = [];
  for (let n = 0; n < 5; n += 1) {
    const port = await freePort();
    const startedAt = performance.now();
    const child = spawn(service.path, [String(port)], { stdio: 'ignore' });
    await answering(port);
    seconds.push((performance.now() - startedAt) / 1000);
    child.kill('SIGKILL');
  }
  return quantile(seconds, 0.5);
}

async function measure(guard: Guard, fault: Fault): Promise<void> {
  const healings: Healing[] = [];
  let never = 0;
  for (let n = 0; n < repetitions; n += 1) {
    const healing = await healOnce(guard, fault);
    if (healing === undefined) never += 1;
    else healings.push(healing);
  }
  const seconds = healings.map((each) => each.seconds);
  print({
    what: 'heal',
    guard: guard.name,
    settings: guard.settings,
    fault,
    n: healings.length,
    never,
    min_s: rounded(Math.min(...seconds)),
    p50_s: rounded(quantile(seconds, 0.5)),
    p95_s: rounded(quantile(seconds, 0.95)),
    max_s: rounded(Math.max(...seconds)),
    trace_p50_ms: medianTrace(healings.map(({ trace }) => trace)),
  });
}

function print(result: unknown): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
