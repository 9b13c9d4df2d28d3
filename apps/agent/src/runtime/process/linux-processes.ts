import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { ProcessIdentity } from '../../state/agent-document.js';
import {
  INSTANCE_VARIABLE,
  type FoundProcess,
  type HostProcesses,
  type ProcessState,
  type ProcessUsage,
} from './host-processes.js';
import { environValue, isDead, parseProcStat, type ProcStat } from './proc-stat.js';

/** USER_HZ, the unit of times in /proc: 100 on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

/** A tree of processes is followed this far: enough for any service, and a bound for a fork bomb. */
const MAX_TREE = 256;

const MAX_NAME = 64;

/** `/proc` read directly: some 10 µs for a process, where `ps` takes milliseconds. */
export class LinuxProcesses implements HostProcesses {
  readonly pollIntervalMs = 50;
  private readonly bootId = readText('/proc/sys/kernel/random/boot_id')?.trim() ?? '';

  constructor(private readonly pageBytes: number) {}

  identify(pid: number): ProcessIdentity | undefined {
    const stat = readStat(pid);
    if (stat === undefined) return undefined;
    return { pid, startTime: stat.startTime, bootId: this.bootId };
  }

  stateOf(identity: ProcessIdentity): ProcessState {
    const stat = this.statOf(identity);
    if (stat === undefined) return 'gone';
    return stat.state === 'T' ? 'suspended' : 'running';
  }

  isGroupAlive(processGroup: number): boolean {
    return livingPids().some((pid) => {
      const stat = readStat(pid);
      return stat?.processGroup === processGroup && !isDead(stat);
    });
  }

  findByInstance(instances: ReadonlySet<string>): Map<string, FoundProcess[]> {
    const found = new Map<string, FoundProcess[]>();
    if (instances.size === 0) return found;
    const uptimeMs = 1000 * Number.parseFloat(readText('/proc/uptime') ?? '');
    for (const pid of livingPids()) {
      // empty for kernel threads and zombies, unreadable for processes of other users
      const environ = readText(`/proc/${pid}/environ`);
      const instance = environ === undefined ? undefined : environValue(environ, INSTANCE_VARIABLE);
      const stat = instance === undefined || !instances.has(instance) ? undefined : readStat(pid);
      if (instance === undefined || stat === undefined || isDead(stat)) continue;
      const { parent, processGroup, session, startTime } = stat;
      const identity = { pid, startTime, bootId: this.bootId };
      const ageMs = uptimeMs - (1000 * Number(startTime)) / TICKS_PER_SECOND;
      const name = programOf(pid) ?? stat.name;
      const others = found.get(instance) ?? [];
      found.set(instance, [...others, { identity, name, parent, processGroup, session, ageMs }]);
    }
    return found;
  }

  usageOf(identity: ProcessIdentity): ProcessUsage | undefined {
    if (this.statOf(identity) === undefined) return undefined;
    let cpuTicks = 0;
    let residentPages = 0;
    let threads = 0;
    const tree = [identity.pid];
    for (const [index, pid] of tree.entries()) {
      const stat = readStat(pid);
      if (stat === undefined || isDead(stat)) continue;
      cpuTicks += stat.cpuTicks;
      residentPages += stat.residentPages;
      threads += stat.threads;
      if (index < MAX_TREE) tree.push(...childrenOf(pid));
    }
    return {
      cpuSeconds: cpuTicks / TICKS_PER_SECOND,
      residentBytes: residentPages * this.pageBytes,
      threads,
      processes: tree.length,
    };
  }

  private statOf(identity: ProcessIdentity): ProcStat | undefined {
    if (identity.bootId !== this.bootId) return undefined;
    const stat = readStat(identity.pid);
    if (stat?.startTime !== identity.startTime || isDead(stat)) return undefined;
    return stat;
  }
}

function readStat(pid: number): ProcStat | undefined {
  const text = readText(`/proc/${pid}/stat`);
  return text === undefined ? undefined : parseProcStat(text);
}

/** As it was called: the kernel's own name of a process is that of a thread, and cut. */
function programOf(pid: number): string | undefined {
  const [program = ''] = (readText(`/proc/${pid}/cmdline`) ?? '').split('\0');
  return program === '' ? undefined : basename(program).slice(0, MAX_NAME);
}

/** A child belongs to the thread that forked it, so every thread is asked. */
function childrenOf(pid: number): number[] {
  return readNames(`/proc/${pid}/task`).flatMap((thread) =>
    (readText(`/proc/${pid}/task/${thread}/children`) ?? '')
      .split(' ')
      .filter((child) => child !== '')
      .map(Number),
  );
}

function livingPids(): number[] {
  return readNames('/proc')
    .filter((name) => name >= '0' && name <= '9~')
    .map(Number);
}

/** Undefined when the process has gone meanwhile, or does not let itself be read. */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function readNames(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
