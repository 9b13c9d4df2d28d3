import { findNatsServer, type NatsServerBinary } from '@vigil/embedded';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
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

/** One way to get a nats-server; undefined when it does not apply to this machine. */
type Installer = (packageDirectory: string) => (() => Attempt) | undefined;
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
export function installNatsServer(packageDirectory: string): NatsServerBinary {
  const attempts: string[] = [];
  for (const installer of INSTALLERS) {
    const install = installer(packageDirectory);
    if (install === undefined) continue;
    const attempt = install();
    const binary = attempt.done ? installedNatsServer(packageDirectory) : undefined;
    if (binary !== undefined) return binary;
    attempts.push(attempt.done ? 'The installed nats-server is too old.' : attempt.why);
  }
  throw new NatsServerMissing(attempts);
}

function aptAsRoot(): (() => Attempt) | undefined {
  if (process.getuid?.() !== 0 || !exists('apt-get')) return undefined;
  return () => {
    const install = ['apt-get', 'install', '-y', '--no-install-recommends', 'nats-server'];
    // a fresh machine has no package lists yet
    if (run(install).done) return { done: true };
    const update = run(['apt-get', 'update']);
    return update.done ? run(install) : update;
  };
}

function unpackDebianPackage(packageDirectory: string): (() => Attempt) | undefined {
  if (process.getuid?.() === 0 || !exists('apt-get') || !exists('dpkg')) return undefined;
  return () => {
    mkdirSync(packageDirectory, { recursive: true, mode: 0o700 });
    const download = run(['apt-get', 'download', 'nats-server'], packageDirectory);
    if (!download.done) return download;
    const file = readdirSync(packageDirectory).find((name) => name.endsWith('.deb'));
    if (file === undefined) return { done: false, why: 'apt-get download brought no package.' };
    return run(['dpkg', '-x', join(packageDirectory, file), packageDirectory]);
  };
}

function brew(): (() => Attempt) | undefined {
  return exists('brew') ? () => run(['brew', 'install', 'nats-server']) : undefined;
}

function exists(command: string): boolean {
  return spawnSync('/bin/sh', ['-c', `command -v ${command}`], { stdio: 'ignore' }).status === 0;
}

function run([command = '', ...args]: readonly string[], cwd = '/'): Attempt {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (status === 0) return { done: true };
  const reason = `${stdout}\n${stderr}`.trim().split('\n').slice(-3).join('\n  ');
  return { done: false, why: `${[command, ...args].join(' ')} failed:\n  ${reason}` };
}
