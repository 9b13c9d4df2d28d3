import { Client } from 'pg';
import { startPostgres } from './postgres.js';
import { createDatabase } from './shared-postgres.js';

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

describe('createDatabase', () => {
  it('gives each caller an empty database of its own', async () => {
    const [one, other] = await Promise.all([createDatabase(), createDatabase()]);
    await query(one.url, 'CREATE TABLE t (n int)');
    await query(other.url, 'CREATE TABLE t (n int)');
    expect(new URL(one.url).port).toBe(new URL(other.url).port);
    await Promise.all([one.drop(), other.drop()]);
    await expect(query(one.url, 'SELECT 1')).rejects.toThrow(/does not exist/);
  });
});

describe('startPostgres', () => {
  it('keeps committed rows over a stop and a crash', async () => {
    const server = await startPostgres();
    await query(server.url, 'CREATE TABLE t (n int); INSERT INTO t VALUES (1)');
    await server.kill();
    await expect(query(server.url, 'SELECT 1')).rejects.toThrow();
    await server.restart();
    await query(server.url, 'INSERT INTO t VALUES (2)');
    await server.stop();
    await server.restart();
    expect(await query(server.url, 'SELECT n FROM t ORDER BY n')).toEqual([{ n: 1 }, { n: 2 }]);
    await server.stop();
  });

  it('refuses a wrong password', async () => {
    const server = await startPostgres();
    const url = new URL(server.url);
    url.password = 'guess';
    await expect(query(url.href, 'SELECT 1')).rejects.toThrow(/password/);
    await server.stop();
  });
});
