import { chooseFreePort, findNatsServer, renderNatsConfig } from '@vigil/embedded';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from './run-directory.js';
import { ServerProcess } from './server-process.js';

export interface NatsOptions {
  /** Without it everyone may connect. */
  readonly credentials?: { readonly user: string; readonly password: string };
}

/** A nats-server with JetStream of a test's own. Port and store stay the same over restarts. */
export interface TestNats {
  /** With the credentials, when there are any. */
  readonly url: string;
  readonly port: number;
  /** Where it keeps streams: removed while it is stopped, it comes back as a server that lost its data. */
  readonly storeDirectory: string;
  /** Starts it again, after an orderly stop when it still runs. */
  restart(): Promise<void>;
  /** Ends it in an orderly way; the store stays for a `restart()`. */
  stop(): Promise<void>;
  /** Ends it at once, as a crash does; the store stays for a `restart()`. */
  kill(): Promise<void>;
  /** Lets it stand still for so long. */
  freeze(holdMs: number): Promise<void>;
}

/** Starts a real nats-server on a free port of 127.0.0.1 with an empty store. */
export async function startNats(options: NatsOptions = {}): Promise<TestNats> {
  const binary = findNatsServer();
  if (binary === undefined)
    throw new Error('nats-server is not installed: apt-get install nats-server');
  const directory = temporaryDirectory('nats');
  const configFile = join(directory, 'nats.conf');
  const logFile = join(directory, 'nats.log');
  const storeDirectory = join(directory, 'store');
  const port = await chooseFreePort();
  const config = renderNatsConfig({
    serverName: `test-${String(port)}`,
    port,
    storeDirectory,
    version: binary.version,
    ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
  });
  writeFileSync(configFile, config, { mode: 0o600 });

  const start = (): Promise<ServerProcess> => {
    const offset = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
    return ServerProcess.start({
      command: binary.path,
      args: ['-c', configFile],
      logFile,
      isReady: () => readFileSync(logFile).subarray(offset).includes('Server is ready'),
    });
  };

  let server = await start();
  return {
    url: natsUrl(port, options.credentials),
    port,
    storeDirectory,
    restart: async () => {
      await server.end('SIGTERM');
      server = await start();
    },
    stop: () => server.end('SIGTERM'),
    kill: () => server.end('SIGKILL'),
    freeze: (holdMs) => server.freeze(holdMs),
  };
}

function natsUrl(port: number, credentials: NatsOptions['credentials']): string {
  const user = credentials === undefined ? '' : `${credentials.user}:${credentials.password}@`;
  return `nats://${user}127.0.0.1:${String(port)}`;
}
