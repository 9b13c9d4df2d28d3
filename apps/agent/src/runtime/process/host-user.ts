import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';

/** Whom a process runs as. */
export interface HostUser {
  /** Absent: as the agent itself. */
  readonly ids?: { readonly uid: number; readonly gid: number };
  readonly home: string;
  readonly name?: string;
}

export type UserOutcome =
  | { readonly status: 'found'; readonly user: HostUser }
  | { readonly status: 'refused'; readonly message: string };

/**
 * Finds the user of a manifest: a name, a uid, or either with `:group`. A process of another user
 * loses all supplementary groups.
 */
export function findUser(wanted: string | undefined): UserOutcome {
  if (wanted === undefined) return { status: 'found', user: { home: homedir() } };
  const [userPart = '', groupPart] = wanted.split(':');
  const user = lookUpUser(userPart);
  if (user === undefined) return refused(`this host has no user ${JSON.stringify(userPart)}`);
  const gid = groupPart === undefined ? user.gid : lookUpGroup(groupPart);
  if (gid === undefined) return refused(`this host has no group ${JSON.stringify(groupPart)}`);
  const own = { uid: process.getuid?.(), gid: process.getgid?.() };
  const name = user.name === undefined ? {} : { name: user.name };
  if (own.uid === user.uid && own.gid === gid) {
    return { status: 'found', user: { home: user.home, ...name } };
  }
  if (own.uid !== 0) {
    return refused(`the agent runs as uid ${String(own.uid)} and cannot become ${wanted}`);
  }
  return { status: 'found', user: { ids: { uid: user.uid, gid }, home: user.home, ...name } };
}

interface PasswdEntry {
  readonly name?: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** The entry of a user, by name or uid, in the text of `/etc/passwd` (passwd(5)). */
export function findInPasswd(text: string, user: string): PasswdEntry | undefined {
  for (const line of text.split('\n')) {
    const [name, , uid, gid, , home] = line.split(':');
    if (name === undefined || uid === undefined || home === undefined) continue;
    if (name === user || uid === user) return { name, uid: Number(uid), gid: Number(gid), home };
  }
  return undefined;
}

function refused(message: string): UserOutcome {
  return { status: 'refused', message };
}

function lookUpUser(user: string): PasswdEntry | undefined {
  const listed = findInPasswd(readOr('/etc/passwd', ''), user);
  if (listed !== undefined) return listed;
  // a directory service may know more than the file does
  const uid = askId('-u', user);
  const gid = askId('-g', user);
  if (uid !== undefined && gid !== undefined) return { name: user, uid, gid, home: '/' };
  return isId(user) ? { uid: Number(user), gid: Number(user), home: '/' } : undefined;
}

function lookUpGroup(group: string): number | undefined {
  for (const line of readOr('/etc/group', '').split('\n')) {
    const [name, , gid] = line.split(':');
    if (gid !== undefined && (name === group || gid === group)) return Number(gid);
  }
  return isId(group) ? Number(group) : undefined;
}

function askId(option: '-u' | '-g', user: string): number | undefined {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.@-]*$/.test(user)) return undefined;
  try {
    const text = execFileSync('id', [option, user], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    return isId(text) ? Number(text) : undefined;
  } catch {
    return undefined;
  }
}

function isId(text: string): boolean {
  return /^\d{1,10}$/.test(text);
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return otherwise;
  }
}
