import { readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { identifyProcess, isRunning, type ProcessIdentity } from './process-identity.js';

/** What a postmaster writes about itself into its data directory. */
export interface PostmasterPid {
  readonly pid: number;
  readonly port: number;
  /** False until it accepts connections. */
  readonly ready: boolean;
}

/** How the server is run; the rest of its settings are PostgreSQL's defaults. */
export interface ServerSettings {
  readonly dataDirectory: string;
  readonly port: number;
  readonly maxConnections: number;
  /** False lets an operating-system crash lose data: for tests. */
  readonly durable: boolean;
}

/** Arguments of `postgres` for a server that only this machine can talk to. */
export function postgresArguments(settings: ServerSettings): string[] {
  const configuration: Record<string, string> = {
    port: String(settings.port),
    listen_addresses: '127.0.0.1',
    // a socket file would need a directory that both users can reach, and a name of its own per copy
    unix_socket_directories: '',
    max_connections: String(settings.maxConnections),
    shared_buffers: '128MB',
    synchronous_commit: 'on',
    fsync: settings.durable ? 'on' : 'off',
    full_page_writes: settings.durable ? 'on' : 'off',
    max_wal_size: '2GB',
    wal_compression: 'on',
    logging_collector: 'off',
    log_line_prefix: '%m [%p] ',
    log_checkpoints: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
  };
  return [
    '-D',
    settings.dataDirectory,
    ...Object.entries(configuration).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
}

/** Undefined when no server runs there or ended in an orderly way. */
export function readPostmasterPid(dataDirectory: string): PostmasterPid | undefined {
  let lines: string[];
  try {
    lines = readFileSync(join(dataDirectory, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return undefined;
  }
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return { pid, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' };
}

/**
 * Ends a server that an earlier run left on this data directory, and removes the pid file of one that
 * is gone (PostgreSQL itself would refuse to start when the pid meanwhile belongs to somebody else).
 * @returns whether one was running
 */
export async function stopPostmaster(dataDirectory: string): Promise<boolean> {
  const left = readPostmasterPid(dataDirectory);
  const server = left === undefined ? undefined : serverOf(left.pid, dataDirectory);
  if (server !== undefined) {
    // fast shutdown, then the immediate one (recovery at the next start), then by force
    for (const [signal, patienceMs] of [
      ['SIGINT', 20_000],
      ['SIGQUIT', 5_000],
      ['SIGKILL', 5_000],
    ] as const) {
      if (!isRunning(server)) break;
      sendSignal(server.pid, signal);
      await waitForEnd(server, patienceMs);
    }
  }
  rmSync(join(dataDirectory, 'postmaster.pid'), { force: true });
  return server !== undefined;
}

/** A postmaster works in its data directory: that tells it from a process that was given its pid. */
function serverOf(pid: number, dataDirectory: string): ProcessIdentity | undefined {
  const identity = identifyProcess(pid);
  if (identity === undefined || process.platform !== 'linux') return identity;
  try {
    return readlinkSync(`/proc/${String(pid)}/cwd`) === realpathSync(dataDirectory)
      ? identity
      : undefined;
  } catch {
    return undefined;
  }
}

async function waitForEnd(server: ProcessIdentity, patienceMs: number): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (isRunning(server) && performance.now() < deadline) await pause(20);
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // it ended in between
  }
}
