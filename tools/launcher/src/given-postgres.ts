import { Client, DatabaseError } from 'pg';
import { reasonOf, type Attempt, type GivenServer } from './given-servers.js';

const ATTEMPT_TIMEOUT_MS = 3_000;
const OLDEST = 150_000;
/** https://www.postgresql.org/docs/current/errcodes-appendix.html: wrong credentials, no such database */
const REFUSED = /^(28|3D)/;

/** The PostgreSQL of `DATABASE_URL`. */
export function tryPostgres(url: string): GivenServer {
  return {
    variable: 'DATABASE_URL',
    what: `PostgreSQL at ${withoutPassword(url)}`,
    instead: 'runs a PostgreSQL of its own',
    attempt: () => attempt(url),
  };
}

/** Parameters may hold secrets as well: they are left out. */
function withoutPassword(text: string): string {
  const url = new URL(text);
  url.search = '';
  if (url.password !== '') url.password = '********';
  return url.href;
}

async function attempt(url: string): Promise<Attempt> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: ATTEMPT_TIMEOUT_MS,
    query_timeout: ATTEMPT_TIMEOUT_MS,
  });
  // a connection that breaks in between also fails the call that waits for it
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ version: number }>(
      "SELECT current_setting('server_version_num')::int AS version",
    );
    const version = rows[0]?.version ?? 0;
    if (version >= OLDEST) return { ok: true };
    const why = `it is release ${Math.floor(version / 10_000)}, and 15 or later is needed`;
    return { ok: false, why, mayRecover: false };
  } catch (error) {
    const refused = error instanceof DatabaseError && REFUSED.test(error.code ?? '');
    return { ok: false, why: reasonOf(error), mayRecover: !refused };
  } finally {
    await client.end().catch(() => undefined);
  }
}
