import { execFileSync } from 'node:child_process';
import { basename } from 'node:path';
import type { ProcessIdentity } from '../../state/agent-document.js';
import {
  INSTANCE_VARIABLE,
  type FoundProcess,
  type HostProcesses,
  type ProcessState,
  type ProcessUsage,
} from './host-processes.js';

interface PsRow {
  readonly pid: number;
  readonly parent: number;
  readonly processGroup: number;
  readonly state: string;
  readonly startTime: string;
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  /** First word of its command; empty when that was not asked for. */
  readonly name: string;
}

const COLUMNS = 'pid=,ppid=,pgid=,stat=,rss=,time=,lstart=';
const ROW =
  /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\d+)\s+([\d:.-]+)\s+(\w{3} +\w{3} +\d+ +[\d:]{8} +\d{4}|\w{3} +\d+ +\w{3} +[\d:]{8} +\d{4})(.*)$/;

/** Processes as POSIX `ps` shows them, for hosts without `/proc`. Starts a `ps` for every question. */
export class PortableProcesses implements HostProcesses {
  readonly pollIntervalMs = 1_000;

  identify(pid: number): ProcessIdentity | undefined {
    const row = rowOf(pid);
    // ps tells the date of the start, which a later boot cannot repeat
    return row === undefined ? undefined : { pid, startTime: row.startTime, bootId: '' };
  }

  stateOf(identity: ProcessIdentity): ProcessState {
    const row = rowOf(identity.pid);
    if (row?.startTime !== identity.startTime || row.state.startsWith('Z')) return 'gone';
    return row.state.startsWith('T') ? 'suspended' : 'running';
  }

  isGroupAlive(processGroup: number): boolean {
    return allRows().some((row) => row.processGroup === processGroup && !row.state.startsWith('Z'));
  }

  findByInstance(instances: ReadonlySet<string>): Map<string, FoundProcess[]> {
    const found = new Map<string, FoundProcess[]>();
    if (instances.size === 0) return found;
    const withEnvironment = process.platform === 'darwin' ? '-axEww' : 'axeww';
    for (const line of ps([withEnvironment, '-o', `${COLUMNS},command=`])) {
      const row = parsePsRow(line);
      const instance = new RegExp(` ${INSTANCE_VARIABLE}=(\\S+)`).exec(line)?.[1];
      if (row === undefined || instance === undefined || !instances.has(instance)) continue;
      const { pid, parent, processGroup, startTime } = row;
      const identity = { pid, startTime, bootId: '' };
      const ageMs = Date.now() - Date.parse(startTime);
      const others = found.get(instance) ?? [];
      found.set(instance, [...others, { identity, name: row.name, parent, processGroup, ageMs }]);
    }
    return found;
  }

  usageOf(identity: ProcessIdentity): ProcessUsage | undefined {
    const rows = allRows();
    const root = rows.find(({ pid }) => pid === identity.pid);
    if (root?.startTime !== identity.startTime) return undefined;
    const tree = [root];
    for (const { pid } of tree) tree.push(...rows.filter(({ parent }) => parent === pid));
    return {
      cpuSeconds: tree.reduce((sum, row) => sum + row.cpuSeconds, 0),
      residentBytes: tree.reduce((sum, row) => sum + row.residentBytes, 0),
      threads: tree.length,
      processes: tree.length,
    };
  }
}

/** One line of `ps -o pid=,ppid=,pgid=,stat=,rss=,time=,lstart=`; undefined for anything else. */
export function parsePsRow(line: string): PsRow | undefined {
  const match = ROW.exec(line);
  if (match === null) return undefined;
  const [
    ,
    pid,
    parent,
    processGroup,
    state = '',
    kibibytes,
    time = '',
    startTime = '',
    command = '',
  ] = match;
  return {
    pid: Number(pid),
    parent: Number(parent),
    processGroup: Number(processGroup),
    state,
    startTime: startTime.replace(/ +/g, ' '),
    cpuSeconds: cpuSeconds(time),
    residentBytes: Number(kibibytes) * 1024,
    name: basename(command.trim().split(' ')[0] ?? ''),
  };
}

/** `[[dd-]hh:]mm:ss[.cc]` in seconds. */
function cpuSeconds(time: string): number {
  const [days, clock] = time.includes('-') ? time.split('-') : ['0', time];
  const seconds = (clock ?? '').split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return Number(days) * 86_400 + seconds;
}

function rowOf(pid: number): PsRow | undefined {
  return ps(['-o', COLUMNS, '-p', String(pid)])
    .map(parsePsRow)
    .find((row) => row !== undefined);
}

function allRows(): PsRow[] {
  return ps(['-A', '-o', COLUMNS]).flatMap((line) => parsePsRow(line) ?? []);
}

function ps(args: readonly string[]): string[] {
  try {
    return execFileSync('ps', args, {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 64 * 1024 * 1024,
    }).split('\n');
  } catch {
    // ps exits with 1 when there is no such process
    return [];
  }
}
