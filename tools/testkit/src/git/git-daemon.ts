import { chooseFreePort } from '@vigil/embedded';
import { connect } from 'node:net';
import { join } from 'node:path';
import { eventually } from '../eventually.js';
import { temporaryDirectory } from '../run-directory.js';
import { ServerProcess } from '../server-process.js';

/** A server of repositories below one folder. */
export interface GitServer {
  /** The URL of a repository below the folder: `fleet.git`. */
  urlOf(repository: string): string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** `git daemon`: everybody may read everything below the folder. */
export async function startGitDaemon(root: string): Promise<GitServer> {
  const port = await chooseFreePort();
  const logFile = join(temporaryDirectory('git-daemon'), 'daemon.log');
  const start = async (): Promise<ServerProcess> => {
    const daemon = await ServerProcess.start({
      command: 'git',
      args: [
        'daemon',
        '--export-all',
        '--reuseaddr',
        '--listen=127.0.0.1',
        `--port=${String(port)}`,
        `--base-path=${root}`,
        root,
      ],
      env: { PATH: process.env['PATH'], GIT_CONFIG_GLOBAL: '/dev/null' },
      logFile,
      isReady: () => true,
    });
    await untilAccepting(port);
    return daemon;
  };
  return restartable(start, (repository) => `git://127.0.0.1:${String(port)}/${repository}`);
}

/** A server that can be ended and started again under the same address. */
export async function restartable(
  start: () => Promise<ServerProcess>,
  urlOf: GitServer['urlOf'],
): Promise<GitServer> {
  let server = await start();
  return {
    urlOf,
    start: async () => {
      server = await start();
    },
    stop: () => server.end('SIGTERM'),
  };
}

/** Resolves when something listens. */
export async function untilAccepting(port: number): Promise<void> {
  await eventually(
    () =>
      new Promise<boolean>((resolve) => {
        const socket = connect(port, '127.0.0.1');
        socket.once('connect', () => {
          socket.destroy();
          resolve(true);
        });
        socket.once('error', () => {
          resolve(false);
        });
      }),
    { withinMs: 30_000 },
  );
}
