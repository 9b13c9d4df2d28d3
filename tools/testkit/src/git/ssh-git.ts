import { chooseFreePort } from '@vigil/embedded';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { temporaryDirectory } from '../run-directory.js';
import { ServerProcess } from '../server-process.js';
import { restartable, untilAccepting, type GitServer } from './git-daemon.js';

const SSHD = '/usr/sbin/sshd';
/** Where sshd of root shuts its children in; packages make it when the service starts. */
const EMPTY_ROOT = '/run/sshd';

export interface SshGit extends GitServer {
  /** A private key that may read. */
  readonly deployKey: string;
  /** A private key that nobody knows. */
  readonly otherKey: string;
  readonly knownHosts: string;
  /** The same server's address with the key of another. */
  readonly wrongKnownHosts: string;
}

/**
 * sshd for the user of this process, whose only command is git's own shell.
 * @throws Error that says what to do, when this machine has no sshd
 */
export async function startSshGit(root: string): Promise<SshGit> {
  if (!existsSync(SSHD)) throw new Error(`tests of SSH need ${SSHD}: apt install openssh-server`);
  if (process.getuid?.() === 0) mkdirSync(EMPTY_ROOT, { recursive: true });
  const directory = temporaryDirectory('sshd');
  const [host, otherHost, deployKey, otherKey] = ['host', 'other-host', 'deploy', 'stranger'].map(
    (name) => makeKey(join(directory, name)),
  );
  const port = await chooseFreePort();
  const allowed = join(directory, 'authorized_keys');
  const command = 'exec git-shell -c \\"$SSH_ORIGINAL_COMMAND\\"';
  writeFileSync(allowed, `restrict,command="${command}" ${publicKey(deployKey)}`);
  const config = join(directory, 'sshd_config');
  writeFileSync(config, sshdConfig({ port, host: host ?? '', allowed }));
  const address = `[127.0.0.1]:${String(port)}`;
  const knownHosts = join(directory, 'known_hosts');
  const wrongKnownHosts = join(directory, 'wrong_known_hosts');
  writeFileSync(knownHosts, `${address} ${publicKey(host)}`);
  writeFileSync(wrongKnownHosts, `${address} ${publicKey(otherHost)}`);
  const start = async (): Promise<ServerProcess> => {
    const server = await ServerProcess.start({
      command: SSHD,
      args: ['-D', '-e', '-f', config],
      env: { PATH: process.env['PATH'] },
      logFile: join(directory, 'sshd.log'),
      isReady: () => true,
    });
    await untilAccepting(port);
    return server;
  };
  const user = userInfo().username;
  const server = await restartable(
    start,
    (repository) => `ssh://${user}@127.0.0.1:${String(port)}${join(root, repository)}`,
  );
  return {
    ...server,
    deployKey: deployKey ?? '',
    otherKey: otherKey ?? '',
    knownHosts,
    wrongKnownHosts,
  };
}

function makeKey(path: string): string {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', path]);
  return path;
}

function publicKey(path = ''): string {
  return readFileSync(`${path}.pub`, 'utf8');
}

function sshdConfig({ port, host, allowed }: { port: number; host: string; allowed: string }) {
  return `ListenAddress 127.0.0.1
Port ${String(port)}
HostKey ${host}
AuthorizedKeysFile ${allowed}
PidFile none
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
`;
}
