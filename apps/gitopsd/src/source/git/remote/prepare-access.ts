import type { RepositoryUrl, Source } from '@vigil/manifests';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GitAccess } from '../git-commands.js';
import { valueOf, type Problem } from './value-of.js';

/** How a source says who it is, and whom it trusts; files are read anew for every fetch. */
export type RepositoryCredentials = Pick<Source['spec'], 'ssh' | 'https' | 'ca'>;

/** Forges take any name beside a token; some take no empty one. */
const USER_OF_TOKENS = 'git';
const CONNECT_SECONDS = 10;
const SILENCE_MS = 30_000;
const DEADLINE_MS = 10 * 60_000;

/** What slow or dead servers are measured by: below a kilobyte in a second for half a minute. */
const PATIENCE = ['http.lowSpeedLimit=1000', 'http.lowSpeedTime=30'];

/**
 * The shell that runs them sees only these constants: what differs between sources is in the
 * environment.
 */
const SSH_PROGRAM = '#!/bin/sh\nexec ssh -F "$VIGIL_SSH_CONFIG" "$@"\n';
const STORE_HELPER = 'credential.helper=store --file="$VIGIL_GIT_CREDENTIALS"';

/**
 * How git gets at a repository: everything secret in files that only this user reads, nothing of it in an
 * argument. Of the proxies of the environment git may use those that it knows.
 * @param directory is made anew, and is to be removed after the fetch
 */
export async function prepareAccess(
  directory: string,
  url: RepositoryUrl,
  credentials: RepositoryCredentials,
): Promise<GitAccess | Problem> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const access = {
    protocols: url.protocol,
    env: proxiesOf(process.env),
    config: PATIENCE,
    silenceMs: SILENCE_MS,
    deadlineMs: DEADLINE_MS,
  };
  if (url.protocol === 'ssh') return withSsh(access, directory, credentials);
  if (url.protocol === 'https') return withHttps(access, directory, url, credentials);
  return access;
}

async function withSsh(
  access: GitAccess,
  directory: string,
  { ssh }: RepositoryCredentials,
): Promise<GitAccess | Problem> {
  if (ssh === undefined) return { problem: 'SSH needs a deploy key and known_hosts' };
  const key = await valueOf(ssh.privateKey);
  if ('problem' in key) return key;
  const knownHosts = await valueOf(ssh.knownHosts);
  if ('problem' in knownHosts) return knownHosts;
  const files = {
    program: join(directory, 'ssh'),
    config: join(directory, 'config'),
    key: join(directory, 'key'),
    knownHosts: join(directory, 'known_hosts'),
  };
  // ssh refuses a key that others can read, and a file that an operator has mounted may be readable
  await writeFile(files.key, `${key.value}\n`, { mode: 0o600 });
  await writeFile(files.knownHosts, `${knownHosts.value}\n`, { mode: 0o600 });
  await writeFile(files.config, sshConfig(files), { mode: 0o600 });
  await writeFile(files.program, SSH_PROGRAM, { mode: 0o700 });
  const env = { ...access.env, GIT_SSH: files.program, VIGIL_SSH_CONFIG: files.config };
  return { ...access, env };
}

/** Nothing of the user's own: no agent, no other key, no password, no host that is not known. */
function sshConfig({ key, knownHosts }: { key: string; knownHosts: string }): string {
  return [
    'Host *',
    `IdentityFile ${quoted(key)}`,
    'IdentitiesOnly yes',
    'IdentityAgent none',
    `UserKnownHostsFile ${quoted(knownHosts)}`,
    'GlobalKnownHostsFile /dev/null',
    'StrictHostKeyChecking yes',
    'UpdateHostKeys no',
    'BatchMode yes',
    'PreferredAuthentications publickey',
    'ForwardAgent no',
    `ConnectTimeout ${CONNECT_SECONDS}`,
    'ServerAliveInterval 5',
    'ServerAliveCountMax 3',
    'LogLevel ERROR',
    '',
  ].join('\n');
}

/** Of what `%` begins ssh would make something else. */
function quoted(path: string): string {
  return `"${path.replaceAll('%', '%%')}"`;
}

async function withHttps(
  access: GitAccess,
  directory: string,
  { host }: RepositoryUrl,
  { https, ca }: RepositoryCredentials,
): Promise<GitAccess | Problem> {
  const trusted = ca === undefined ? undefined : await valueOf(ca);
  if (trusted !== undefined && 'problem' in trusted) return trusted;
  const env = { ...access.env };
  if (trusted !== undefined) {
    env['GIT_SSL_CAINFO'] = join(directory, 'ca.pem');
    await writeFile(env['GIT_SSL_CAINFO'], `${trusted.value}\n`, { mode: 0o600 });
  }
  if (https === undefined) return { ...access, env };
  const password = await valueOf(https.password);
  if ('problem' in password) return password;
  const file = join(directory, 'credentials');
  const user = encodeURIComponent(https.username ?? USER_OF_TOKENS);
  // given to this server alone, wherever it may redirect to
  const line = `https://${user}:${encodeURIComponent(password.value)}@${host}\n`;
  await writeFile(file, line, { mode: 0o600 });
  return {
    ...access,
    env: { ...env, VIGIL_GIT_CREDENTIALS: file },
    config: [...access.config, STORE_HELPER],
  };
}

function proxiesOf(env: NodeJS.ProcessEnv): Record<string, string> {
  const proxies: Record<string, string> = {};
  for (const name of ['http_proxy', 'https_proxy', 'no_proxy', 'HTTPS_PROXY', 'NO_PROXY']) {
    const value = env[name];
    if (value !== undefined) proxies[name] = value;
  }
  return proxies;
}
