import { SilentLog } from '@vigil/service';
import {
  createDatabase,
  eventually,
  startPostgres,
  type TestDatabase,
  type TestPostgres,
} from '@vigil/testkit';
import { Database } from './database.js';
import { StorageRejected, StorageTimeout, StorageUnavailable } from './storage-errors.js';

const open = (url: string, statementTimeoutMs = 10_000) => {
  const database = new Database(
    { url, applicationName: 'test', statementTimeoutMs },
    new SilentLog(),
  );
  database.start();
  return database;
};

describe('Database', () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await createDatabase();
  });
  afterAll(() => test.drop());

  it('migrates once when many services connect at the same time', async () => {
    const services = Array.from({ length: 4 }, () => open(test.url));
    await Promise.all(services.map((service) => service.untilUp()));
    const [first] = services;
    const rows = await first?.run((manager) =>
      manager.query<{ name: string; times: number }[]>(
        'SELECT name, count(*)::int AS times FROM schema_migrations GROUP BY name',
      ),
    );
    expect(rows?.length).toBeGreaterThan(0);
    expect(rows?.every(({ times }) => times === 1)).toBe(true);
    await Promise.all(services.map((service) => service.close()));
  });

  it('rolls a failed transaction back', async () => {
    const database = open(test.url);
    await database.untilUp();
    const insert = "INSERT INTO ingest_batches VALUES ('host', 'batch', now())";
    const failing = database.transaction(async (manager) => {
      await manager.query(insert);
      await manager.query(insert);
    });
    await expect(failing).rejects.toMatchObject({
      constructor: StorageRejected,
      sqlState: '23505',
    });
    const rows = await database.run((manager) =>
      manager.query<unknown[]>('SELECT FROM ingest_batches'),
    );
    expect(rows).toEqual([]);
    expect(database.isUp()).toBe(true);
    await database.close();
  });

  it('leaves errors that are not its own alone', async () => {
    const database = open(test.url);
    await database.untilUp();
    const mistake = new TypeError('not a database error');
    await expect(database.run(() => Promise.reject(mistake))).rejects.toBe(mistake);
    await database.close();
  });

  it('ends a statement that takes too long, and stays up', async () => {
    const database = open(test.url, 100);
    await database.untilUp();
    const slow = database.run((manager) => manager.query('SELECT pg_sleep(30)'));
    await expect(slow).rejects.toBeInstanceOf(StorageTimeout);
    expect(database.isUp()).toBe(true);
    await database.close();
  });
});

describe('Database over the loss of connections', () => {
  it('stays up when single idle connections are ended', async () => {
    const test = await createDatabase();
    const losses: string[] = [];
    const database = new Database(
      { url: test.url, applicationName: 'test' },
      new (class extends SilentLog {
        override warn(message = '') {
          losses.push(message);
        }
      })(),
    );
    database.start();
    await database.untilUp();
    const other = open(test.url);
    await other.untilUp();
    await other.run((manager) =>
      manager.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'idle'`,
      ),
    );
    // a call may still meet a connection whose end has not been heard of; the next ones do not
    await eventually(() => database.run((manager) => manager.query<[]>('SELECT 1')));
    expect(database.isUp()).toBe(true);
    expect(losses).toEqual([]);
    await Promise.all([database.close(), other.close()]);
    await test.drop();
  });
});

describe('Database over outages', () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());

  it.each(['stop', 'kill'] as const)('comes back after a %s', async (end) => {
    const database = open(server.url);
    await database.untilUp();
    await server[end]();
    // the processes of a killed server may answer for another moment
    await eventually(async () => {
      await database.run((manager) => manager.query('SELECT 1')).catch(() => undefined);
      return !database.isUp();
    });
    const away = database.run((manager) => manager.query('SELECT 1'));
    await expect(away).rejects.toBeInstanceOf(StorageUnavailable);
    expect(database.problem()).toBeDefined();
    await server.restart();
    await database.untilUp();
    await expect(database.run((manager) => manager.query('SELECT 1 AS one'))).resolves.toEqual([
      { one: 1 },
    ]);
    await database.close();
  });

  it('can be closed while PostgreSQL is away', async () => {
    await server.stop();
    const database = open(server.url);
    await database.close();
    expect(database.isUp()).toBe(false);
    await server.restart();
  });
});
