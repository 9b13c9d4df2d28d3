import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { z } from 'zod';
import { eventually } from './eventually.js';
import { startPostgres } from './postgres.js';
import { runDirectory } from './run-directory.js';

/** An empty database of a test's own on the server that the whole run shares. */
export interface TestDatabase {
  readonly url: string;
  /** Removes it, also while clients are connected. */
  drop(): Promise<void>;
}

/** Makes an empty database; the first call of a test run starts the server that all of them share. */
export async function createDatabase(): Promise<TestDatabase> {
  const serverUrl = await sharedServer();
  const name = `test_${randomBytes(6).toString('hex')}`;
  await execute(serverUrl, `CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: () => execute(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

const Announcement = z.object({ url: z.string() });

/**
 * Jest's workers are processes: whoever makes the lock directory starts the server and announces it
 * in a file, the others wait for that file. The end of the run stops the server.
 */
async function sharedServer(): Promise<string> {
  const announcement = join(runDirectory(), 'shared-postgres.json');
  const lock = join(runDirectory(), 'shared-postgres.lock');
  if (!existsSync(announcement) && acquire(lock)) {
    try {
      const { url } = await startPostgres();
      const partial = `${announcement}.partial`;
      writeFileSync(partial, JSON.stringify({ url }));
      renameSync(partial, announcement);
    } catch (error) {
      rmSync(lock, { recursive: true });
      throw error;
    }
  }
  await eventually(() => existsSync(announcement), { withinMs: 30_000 });
  return Announcement.parse(JSON.parse(readFileSync(announcement, 'utf8'))).url;
}

function acquire(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    return false;
  }
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
