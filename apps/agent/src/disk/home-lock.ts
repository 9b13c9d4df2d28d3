import { mkdir, open, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { HostProcesses } from '../runtime/process/host-processes.js';
import { ProcessIdentity } from '../state/agent-document.js';
import { errorCode, ignoreMissing } from './durable-file.js';

/** Another agent works in this home: two would supervise the same processes. */
export class HomeInUse extends Error {
  constructor(home: string, pid: number) {
    super(`another agent (pid ${pid}) works in ${home}`);
    this.name = 'HomeInUse';
  }
}

const LOCK_DIRECTORY = 'lock';
const CLAIM = '.claim';
const HELD = '.held';

/** An agent that claims decides within milliseconds; one that takes longer counts as the holder. */
const PATIENCE_MS = 5_000;
const LOOK_EVERY_MS = 5;

interface Claim {
  /** Of its files, without their suffixes: the identity of the claiming process. */
  readonly name: string;
  readonly holder: ProcessIdentity;
  /** The lock is taken for good, no longer only claimed. */
  readonly isHeld: boolean;
}

/**
 * Makes this process the only agent of the home.
 *
 * Each agent first makes a claim of its own, a file whose name says which process it is, and then
 * looks at the claims of others: of two agents, at least the one that claimed later sees the other.
 * Who sees no claim of a living process holds the lock, and says so in a second file. Of two that
 * only claim, the one with the greater name steps back and tries again. No file is ever taken over,
 * so that nobody can take a new lock for a dead one; claims of the dead are removed, which harms
 * nobody, because their names are not used again.
 * @throws HomeInUse
 */
export async function lockHome(
  home: string,
  processes: HostProcesses,
): Promise<() => Promise<void>> {
  const directory = join(home, LOCK_DIRECTORY);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const own = processes.identify(process.pid);
  if (own === undefined) throw new Error('this host does not show this process to itself');
  const name = nameOf(own);
  const deadline = performance.now() + PATIENCE_MS;
  if (!(await claim(directory, name))) throw new HomeInUse(home, own.pid);
  for (;;) {
    const rival = await findRival(directory, name, processes);
    if (rival === undefined) {
      await create(join(directory, name + HELD));
      return () => release(directory, name);
    }
    if (rival.isHeld || performance.now() > deadline) {
      await release(directory, name);
      throw new HomeInUse(home, rival.holder.pid);
    }
    const stepsBack = rival.name < name;
    if (stepsBack) await release(directory, name);
    await pause(LOOK_EVERY_MS * (1 + Math.random()));
    if (stepsBack) await claim(directory, name);
  }
}

/** False when this process has a claim already. */
async function claim(directory: string, name: string): Promise<boolean> {
  try {
    await create(join(directory, name + CLAIM));
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Another agent that lives and claims the home: the one that holds it, else the one that goes first. */
async function findRival(
  directory: string,
  own: string,
  processes: HostProcesses,
): Promise<Claim | undefined> {
  const names = await readdir(directory);
  const claims = names
    .filter((file) => file.endsWith(CLAIM))
    .map((file) => file.slice(0, -CLAIM.length))
    .filter((name) => name !== own)
    .sort();
  const living: Claim[] = [];
  for (const name of claims) {
    const holder = holderOf(name);
    if (holder === undefined) continue;
    if (processes.stateOf(holder) === 'gone') await release(directory, name);
    else living.push({ name, holder, isHeld: names.includes(name + HELD) });
  }
  return living.find(({ isHeld }) => isHeld) ?? living[0];
}

/** In this order: who sees the claim alone waits for it to go, or to be held. */
async function release(directory: string, name: string): Promise<void> {
  await unlink(join(directory, name + HELD)).catch(ignoreMissing);
  await unlink(join(directory, name + CLAIM)).catch(ignoreMissing);
}

async function create(path: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  await file.close();
}

function nameOf({ pid, startTime, bootId }: ProcessIdentity): string {
  return [String(pid), startTime, bootId].map(encodeURIComponent).join('+');
}

function holderOf(name: string): ProcessIdentity | undefined {
  const [pid, startTime, bootId] = name.split('+').map(decodeURIComponent);
  return ProcessIdentity.safeParse({ pid: Number(pid), startTime, bootId }).data;
}
