// A test run keeps its servers' data and the identity of each process it started under one directory,
// so that whoever ends the run can stop and remove all of it, also what a killed run left behind.
// Plain JavaScript without dependencies: jest loads it before any transform exists.
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { endEngines } from './end-engines.mjs';

/**
 * Names the directory of the present run to jest's workers. Not VIGIL_…: services that a test starts
 * would refuse it as a misspelt setting.
 */
export const RUN_DIRECTORY_VARIABLE = 'VIGILTEST_RUN_DIRECTORY';

const PREFIX = 'vigil-test-';

/** Makes the directory of a new run, after removing those of runs whose owner is gone. */
export async function openRunDirectory() {
  await sweepAbandonedRuns();
  const directory = await mkdtemp(join(tmpdir(), PREFIX));
  // PostgreSQL refuses to run as root: its own user has to pass through here
  await chmod(directory, 0o711);
  await mkdir(join(directory, 'processes'), { mode: 0o700 });
  await writeFile(
    join(directory, 'owner.json'),
    JSON.stringify({ pid: process.pid, startTime: startTimeOf(process.pid) }),
  );
  return directory;
}

/** Stops every process and engine that the run recorded, and removes its directory. */
export async function closeRunDirectory(directory) {
  await endEngines(directory);
  const records = await readdir(join(directory, 'processes')).catch(() => []);
  await Promise.all(
    records.map(async (name) => stop(await readRecord(join(directory, 'processes', name)))),
  );
  await rm(directory, { recursive: true, force: true, maxRetries: 5 });
}

async function sweepAbandonedRuns() {
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith(PREFIX));
  for (const name of names) {
    const directory = join(tmpdir(), name);
    const owner = await readRecord(join(directory, 'owner.json'));
    if (owner !== undefined && !isAlive(owner)) await closeRunDirectory(directory);
  }
}

async function stop(record) {
  if (record === undefined || !isAlive(record)) return;
  // SIGINT is PostgreSQL's fast shutdown (SIGTERM would wait for clients), and ends nats-server too
  signal(record, 'SIGINT');
  for (let waited = 0; waited < 5_000 && isAlive(record); waited += 25) await pause(25);
  if (isAlive(record)) signal(record, 'SIGKILL');
}

function signal(record, name) {
  try {
    process.kill(record.pid, name);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

async function readRecord(path) {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function isAlive(record) {
  const startTime = startTimeOf(record.pid);
  return startTime !== undefined && startTime === record.startTime;
}

/** What tells a process from a later one with the same pid; undefined when it is gone or a zombie. */
function startTimeOf(pid) {
  if (process.platform === 'linux') return linuxStartTime(pid);
  try {
    const options = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] };
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], options).trim() || undefined;
  } catch {
    return undefined;
  }
}

function linuxStartTime(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // the command's name may hold spaces and parentheses: fields count from behind the last one
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
