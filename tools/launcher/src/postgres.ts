import {
  canEnter,
  initialiseCluster,
  isInitialised,
  operatingUser,
  postgresArguments,
  postgresBinaries,
  readPostmasterPid,
  stopPostmaster,
  type OperatingUser,
} from '@vigil/embedded';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import type { HomeLayout } from './home.js';
import type { ProcessSpec } from './supervised-process.js';

const SUPERUSER = 'vigil';
const DATABASE = 'vigil';
/** Five services with a pool each, `psql` beside them, and more of a service than one. */
const MAX_CONNECTIONS = 200;
/** For data when PostgreSQL's user cannot reach VIGIL_HOME, for example below a /root of mode 0700. */
const OTHER_PLACE = '/var/lib/vigil';

export interface EmbeddedPostgres {
  readonly url: string;
  readonly process: ProcessSpec;
  /** Set when the data is not in VIGIL_HOME. */
  readonly dataElsewhere: string | undefined;
}

/** Makes the data directory where there is none yet, and says how the server is run. */
export async function preparePostgres(
  home: HomeLayout,
  password: string,
  port: number,
): Promise<EmbeddedPostgres> {
  const known = knownDataDirectory(home);
  const user = operatingUser(known);
  const binaries = postgresBinaries(user);
  const dataDirectory = known ?? chooseDataDirectory(home, user);
  if (!isInitialised(dataDirectory)) {
    await initialiseCluster(binaries, user, {
      dataDirectory,
      superuser: SUPERUSER,
      password,
      durable: true,
    });
  }
  refuseOtherRelease(dataDirectory, binaries.version);
  return {
    url: `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${DATABASE}`,
    dataElsewhere: dataDirectory === home.postgresData ? undefined : dataDirectory,
    process: {
      name: 'postgres',
      command: binaries.postgres,
      args: postgresArguments({
        dataDirectory,
        port,
        maxConnections: MAX_CONNECTIONS,
        durable: true,
      }),
      env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' },
      channel: false,
      // a server that was killed leaves its pid file, and for a moment its children
      prepare: async () => {
        await stopPostmaster(dataDirectory);
      },
      isReady: () => Promise.resolve(readPostmasterPid(dataDirectory)?.ready === true),
      stopSignal: 'SIGINT',
      stopPatienceMs: 30_000,
      ...(user.ids === undefined ? {} : { ids: user.ids }),
    },
  };
}

/** Ends a server of an earlier start that nobody has recorded, for example one with a lost run folder. */
export async function stopLeftPostgres(home: HomeLayout): Promise<boolean> {
  const dataDirectory = knownDataDirectory(home);
  return dataDirectory !== undefined && (await stopPostmaster(dataDirectory));
}

/** @throws Error when the database cannot be reached or made */
export async function ensureDatabase(url: string): Promise<void> {
  const maintenance = new URL(url);
  maintenance.pathname = '/postgres';
  const client = new Client({ connectionString: maintenance.href });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [
      DATABASE,
    ]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
}

function knownDataDirectory(home: HomeLayout): string | undefined {
  if (isInitialised(home.postgresData)) return home.postgresData;
  if (!existsSync(home.postgresLocation)) return undefined;
  const elsewhere = readFileSync(home.postgresLocation, 'utf8').trim();
  return isInitialised(elsewhere) ? elsewhere : undefined;
}

/** VIGIL_HOME where PostgreSQL's user can get there; else a place of its own that is remembered. */
function chooseDataDirectory(home: HomeLayout, user: OperatingUser): string {
  if (canEnter(user, home.root)) return home.postgresData;
  const name = createHash('sha256').update(realpathSync(home.root)).digest('hex').slice(0, 12);
  const elsewhere = join(OTHER_PLACE, name, 'postgres');
  mkdirSync(dirname(elsewhere), { recursive: true, mode: 0o711 });
  writeFileSync(home.postgresLocation, `${elsewhere}\n`);
  return elsewhere;
}

/** PostgreSQL refuses data of another major release; its own message does not say what to do. */
function refuseOtherRelease(dataDirectory: string, installed: string): void {
  const made = readFileSync(join(dataDirectory, 'PG_VERSION'), 'utf8').trim();
  const major = installed.split('.')[0];
  if (made === major) return;
  throw new Error(
    `${dataDirectory} was made by PostgreSQL ${made}, and ${String(major)} is installed. ` +
      'Dump it with the old release and restore it, or move it away to start empty.',
  );
}
