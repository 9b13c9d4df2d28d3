import { isRunning } from '@vigil/embedded';
import { setTimeout as pause } from 'node:timers/promises';
import type { HomeLayout } from './home.js';
import { stopLeftPostgres } from './postgres.js';
import type { ProcessRecords, RecordedProcess } from './process-records.js';

/** The order in which everything ends: who uses the others goes first. */
export const STOP_ORDER: readonly (readonly string[])[] = [
  ['agent'],
  ['gitopsd', 'evaluator', 'remediator'],
  ['collector'],
  ['nats-server'],
  ['postgres'],
];

const PATIENCE_MS = 12_000;
const POLL_MS = 20;

/**
 * Stops what a killed launcher has left running. The agent's own processes stay: the next agent takes
 * them up again.
 * @returns the names of what was stopped
 */
export async function stopLeftovers(home: HomeLayout, records: ProcessRecords): Promise<string[]> {
  const living = records.living();
  const stopped: string[] = [];
  for (const group of STOP_ORDER) {
    const members = living.filter(({ name }) => group.includes(name));
    await Promise.all(members.map((process) => stop(process)));
    stopped.push(...members.map(({ name }) => name));
    for (const { name } of members) records.remove(name);
  }
  if ((await stopLeftPostgres(home)) && !stopped.includes('postgres')) stopped.push('postgres');
  return stopped;
}

async function stop(left: RecordedProcess): Promise<void> {
  // for PostgreSQL the fast shutdown: it does not wait for its clients
  signal(left, left.name === 'postgres' ? 'SIGINT' : 'SIGTERM');
  const deadline = performance.now() + PATIENCE_MS;
  while (isRunning(left) && performance.now() < deadline) await pause(POLL_MS);
  if (!isRunning(left)) return;
  signal(left, 'SIGKILL');
  while (isRunning(left) && performance.now() < deadline + PATIENCE_MS) await pause(POLL_MS);
}

function signal(left: RecordedProcess, name: NodeJS.Signals): void {
  try {
    process.kill(left.pid, name);
  } catch {
    // it ended in between
  }
}
