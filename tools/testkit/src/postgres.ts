import {
  chooseFreePort,
  initialiseCluster,
  operatingUser,
  postgresArguments,
  postgresBinaries,
  readPostmasterPid,
  stopPostmaster,
} from '@vigil/embedded';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from './run-directory.js';
import { ServerProcess } from './server-process.js';

const SUPERUSER = 'vigil';
const PASSWORD = 'test';

/** A PostgreSQL server of a test's own, which the test may end as it likes. */
export interface TestPostgres {
  /** Of the database `postgres`. */
  readonly url: string;
  readonly port: number;
  /** Starts it again on the same port and data, after an orderly stop when it still runs. */
  restart(): Promise<void>;
  /** Fast shutdown: clients are disconnected; the data stays for a `restart()`. */
  stop(): Promise<void>;
  /** Ends the postmaster at once, as a crash does; the data stays for a `restart()`. */
  kill(): Promise<void>;
  /** Lets all of it stand still for so long. */
  freeze(holdMs: number): Promise<void>;
}

/** Starts a private server: about a second. Tests that only need a database take `createDatabase()`. */
export async function startPostgres(): Promise<TestPostgres> {
  const user = operatingUser();
  const binaries = postgresBinaries(user);
  const directory = temporaryDirectory('postgres');
  // PostgreSQL's own user has to pass through here
  chmodSync(directory, 0o711);
  const dataDirectory = join(directory, 'data');
  const port = await chooseFreePort();
  mkdirSync(directory, { recursive: true });
  await initialiseCluster(binaries, user, {
    dataDirectory,
    superuser: SUPERUSER,
    password: PASSWORD,
    durable: false,
  });

  const start = async (): Promise<ServerProcess> => {
    // after a kill, PostgreSQL waits for nobody but checks the pid file
    await stopPostmaster(dataDirectory);
    return ServerProcess.start({
      command: binaries.postgres,
      args: postgresArguments({ dataDirectory, port, maxConnections: 200, durable: false }),
      logFile: join(directory, 'postgres.log'),
      isReady: () => readPostmasterPid(dataDirectory)?.ready === true,
      ...(user.ids === undefined ? {} : { ids: user.ids }),
    });
  };

  let server = await start();
  return {
    url: `postgres://${SUPERUSER}:${PASSWORD}@127.0.0.1:${String(port)}/postgres`,
    port,
    restart: async () => {
      await server.end('SIGINT');
      server = await start();
    },
    stop: () => server.end('SIGINT'),
    kill: () => server.end('SIGKILL'),
    freeze: (holdMs) => server.freeze(holdMs, true),
  };
}
