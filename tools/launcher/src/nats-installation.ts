import { findNatsServer, type NatsServerBinary } from '@vigil/embedded';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** What a person has to do, when we cannot. */
const INSTRUCTION = `nats-server (2.9 or later) is needed and could not be installed here.
  Debian, Ubuntu:  sudo apt-get update && sudo apt-get install nats-server
  macOS:           brew install nats-server
  elsewhere:       put the nats-server of https://github.com/nats-io/nats-server/releases on the PATH
  or set NATS_URL to a NATS of your own (JetStream enabled).`;

export class NatsServerMissing extends Error {
  constructor(attempts: readonly string[]) {
    super([...attempts, INSTRUCTION].join('\n'));
    this.name = 'NatsServerMissing';
  }
}

/** What the choice of a way depends on, besides the programs on the PATH. */
export interface Person {
  readonly isRoot: boolean;
}

/** One way to get a nats-server; undefined when it does not apply to this machine. */
type Installer = (packageDirectory: string, person: Person) => (() => Promise<Attempt>) | undefined;
type Attempt = { readonly done: true } | { readonly done: false; readonly why: string };

const INSTALLERS: readonly Installer[] = [aptAsRoot, unpackDebianPackage, brew];

/** The nats-server of this machine, or the one that was unpacked into `packageDirectory` before. */
export function installedNatsServer(packageDirectory: string): NatsServerBinary | undefined {
  return findNatsServer([join(packageDirectory, 'usr/sbin'), join(packageDirectory, 'usr/bin')]);
}

/**
 * Gets one: as root by apt, as another user by unpacking Debian's package into `packageDirectory`,
 * else by brew.
 * @throws NatsServerMissing with what was tried and the exact instruction
 */
export async function installNatsServer(
  packageDirectory: string,
  person: Person = { isRoot: process.getuid?.() === 0 },
): Promise<NatsServerBinary> {
  const attempts: string[] = [];
  for (const installer of INSTALLERS) {
    const install = installer(packageDirectory, person);
    if (install === undefined) continue;
    const attempt = await install();
    const binary = attempt.done ? installedNatsServer(packageDirectory) : undefined;
    if (binary !== undefined) return binary;
    attempts.push(attempt.done ? 'The installed nats-server is too old.' : attempt.why);
  }
  throw new NatsServerMissing(attempts);
}

function aptAsRoot(
  _packageDirectory: string,
  { isRoot }: Person,
): (() => Promise<Attempt>) | undefined {
  if (!isRoot || !exists('apt-get')) return undefined;
  return async () => {
    const install = ['apt-get', 'install', '-y', '--no-install-recommends', 'nats-server'];
    // a fresh machine has no package lists yet
    if ((await run(install)).done) return { done: true };
    const update = await run(['apt-get', 'update']);
    return update.done ? run(install) : update;
  };
}

function unpackDebianPackage(
  packageDirectory: string,
  { isRoot }: Person,
): (() => Promise<Attempt>) | undefined {
  if (isRoot || !exists('apt-get') || !exists('dpkg')) return undefined;
  return async () => {
    const work = join(packageDirectory, 'apt');
    mkdirSync(work, { recursive: true, mode: 0o700 });
    try {
      const download = await downloadDebianPackage(work);
      if (!download.done) return download;
      const file = readdirSync(work).find((name) => name.endsWith('.deb'));
      if (file === undefined) return { done: false, why: 'apt-get download brought no package.' };
      return await run(['dpkg', '-x', join(work, file), packageDirectory]);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  };
}

async function downloadDebianPackage(work: string): Promise<Attempt> {
  const first = await run(['apt-get', 'download', 'nats-server'], work);
  if (first.done) return first;
  // a fresh machine has no package lists, and only root may fetch them where they belong
  const own = [
    '-o',
    `Dir::State=${join(work, 'state')}`,
    '-o',
    `Dir::Cache=${join(work, 'cache')}`,
  ];
  for (const folder of ['state/lists/partial', 'cache/archives/partial']) {
    mkdirSync(join(work, folder), { recursive: true });
  }
  const update = await run(['apt-get', ...own, 'update'], work);
  return update.done ? run(['apt-get', ...own, 'download', 'nats-server'], work) : update;
}

function brew(): (() => Promise<Attempt>) | undefined {
  return exists('brew') ? () => run(['brew', 'install', 'nats-server']) : undefined;
}

function exists(command: string): boolean {
  const look = ['-c', `command -v ${command}`];
  return spawnSync('/bin/sh', look, { env: process.env, stdio: 'ignore' }).status === 0;
}

async function run([command = '', ...args]: readonly string[], cwd = '/'): Promise<Attempt> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => output.push(text));
  }
  const status = await new Promise<number | null>((resolve) => {
    child.on('close', resolve);
    child.on('error', (error) => {
      output.push(error.message);
      resolve(1);
    });
  });
  if (status === 0) return { done: true };
  const reason = output.join('').trim().split('\n').slice(-3).join('\n  ');
  return { done: false, why: `${[command, ...args].join(' ')} failed:\n  ${reason}` };
}
