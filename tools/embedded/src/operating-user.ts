import { execFileSync, spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';

/** Who runs PostgreSQL, which refuses to run as root. */
export interface OperatingUser {
  readonly name: string;
  /** Set only when we are root and have to become this user. */
  readonly ids?: { readonly uid: number; readonly gid: number };
}

/** In order of preference: the account that packages of PostgreSQL make, then our own. */
const ACCOUNTS = ['postgres', 'vigil'] as const;
const OWN_ACCOUNT = 'vigil';

/**
 * The present user; as root, the owner of `dataDirectory` where it exists already, else an
 * unprivileged account that exists, else a new system account `vigil`.
 */
export function operatingUser(dataDirectory?: string): OperatingUser {
  if (process.getuid?.() !== 0) return { name: 'self' };
  const owner = dataDirectory === undefined ? undefined : ownerOf(dataDirectory);
  if (owner !== undefined) return owner;
  for (const name of ACCOUNTS) {
    const account = findAccount(name);
    if (account !== undefined) return account;
  }
  return createAccount();
}

/** True when the user may go to `path` and read it (and run it, for a program). */
export function canReach(user: OperatingUser, path: string): boolean {
  const probe = spawnSync('/bin/sh', ['-c', 'test -r "$1" && test -x "$1"', 'sh', path], {
    cwd: '/',
    ...user.ids,
  });
  return probe.status === 0;
}

/** True when the user may pass through the directory and all of its parents. */
export function canEnter(user: OperatingUser, directory: string): boolean {
  const probe = spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', directory], { cwd: '/', ...user.ids });
  return probe.status === 0;
}

function ownerOf(directory: string): OperatingUser | undefined {
  const stats = statSync(directory, { throwIfNoEntry: false });
  if (stats === undefined || stats.uid === 0) return undefined;
  return { name: `uid ${String(stats.uid)}`, ids: { uid: stats.uid, gid: stats.gid } };
}

function findAccount(name: string): OperatingUser | undefined {
  const uid = idOf('-u', name);
  const gid = idOf('-g', name);
  return uid === undefined || gid === undefined ? undefined : { name, ids: { uid, gid } };
}

function idOf(flag: '-u' | '-g', name: string): number | undefined {
  const answer = spawnSync('id', [flag, name], { encoding: 'utf8' });
  return answer.status === 0 ? Number(answer.stdout.trim()) : undefined;
}

function createAccount(): OperatingUser {
  execFileSync('useradd', [
    '--system',
    '--user-group',
    '--no-create-home',
    '--home-dir=/nonexistent',
    '--shell=/usr/sbin/nologin',
    OWN_ACCOUNT,
  ]);
  const account = findAccount(OWN_ACCOUNT);
  if (account === undefined) throw new Error(`useradd made no account ${OWN_ACCOUNT}`);
  return account;
}
