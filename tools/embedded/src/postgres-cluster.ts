import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OperatingUser } from './operating-user.js';
import type { PostgresBinaries } from './postgres-binaries.js';

export interface ClusterSettings {
  readonly dataDirectory: string;
  readonly superuser: string;
  readonly password: string;
  /** False skips the fsync of the new files: for tests. */
  readonly durable: boolean;
}

/** True when `initialiseCluster` has been carried through there before. */
export function isInitialised(dataDirectory: string): boolean {
  return existsSync(join(dataDirectory, 'PG_VERSION'));
}

/** Makes a data directory (0700, owned by the operating user) with password authentication only. */
export async function initialiseCluster(
  binaries: PostgresBinaries,
  user: OperatingUser,
  settings: ClusterSettings,
): Promise<void> {
  // PG_VERSION is among the first files that initdb writes: without the rename at the end, a cluster
  // whose making was killed half-way would be taken for a whole one.
  const partial = `${settings.dataDirectory}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true, mode: 0o700 });
  own(partial, user);
  const secret = mkdtempSync(join(tmpdir(), 'vigil-initdb-'));
  try {
    const passwordFile = join(secret, 'password');
    writeFileSync(passwordFile, settings.password, { mode: 0o600 });
    own(secret, user);
    own(passwordFile, user);
    await runInitdb(binaries, user, [
      `--pgdata=${partial}`,
      `--username=${settings.superuser}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      ...(settings.durable ? [] : ['--no-sync']),
    ]);
    renameSync(partial, settings.dataDirectory);
  } finally {
    rmSync(secret, { recursive: true, force: true });
  }
}

async function runInitdb(
  binaries: PostgresBinaries,
  user: OperatingUser,
  args: readonly string[],
): Promise<void> {
  const child = spawn(binaries.initdb, args, {
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
    ...user.ids,
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => output.push(text));
  }
  await once(child, 'close');
  if (child.exitCode === 0) return;
  throw new Error(`initdb failed:\n${output.join('').trim()}`);
}

function own(path: string, user: OperatingUser): void {
  if (user.ids !== undefined) chownSync(path, user.ids.uid, user.ids.gid);
}
