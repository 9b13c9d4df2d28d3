import { setTimeout as pause } from 'node:timers/promises';
import { tryNats } from './given-nats.js';
import { tryPostgres } from './given-postgres.js';
import type { Progress } from './progress.js';
import type { Settings } from './settings.js';

/** A server may be starting beside us: it is given this long, milliseconds. */
const PATIENCE_MS = 10_000;
const RETRY_MS = 500;

/** What came of one attempt; one that cannot get better by waiting is not repeated. */
export type Attempt =
  | { readonly ok: true }
  | { readonly ok: false; readonly why: string; readonly mayRecover: boolean };

/** A server that somebody has named, and how it is tried. Nothing of it holds a secret. */
export interface GivenServer {
  readonly variable: 'DATABASE_URL' | 'NATS_URL';
  /** Kind and address, for people. */
  readonly what: string;
  /** What `npm start` would do without the variable. */
  readonly instead: string;
  attempt(): Promise<Attempt>;
}

/** The server of a variable is not there, or not usable; the message says what to do. */
export class GivenServerUnusable extends Error {
  constructor(server: GivenServer, why: string, attempts: number) {
    const { variable, what, instead } = server;
    const times = attempts === 1 ? 'tried once' : `tried ${attempts} times`;
    super(
      `${variable}: ${what} cannot be used: ${why} (${times}).\n` +
        `  Start that server, or correct ${variable}. Without ${variable}, npm start ${instead}.`,
    );
    this.name = 'GivenServerUnusable';
  }
}

/**
 * Tries the servers that replace the embedded ones, before anything is started.
 * @throws GivenServerUnusable after 10 s, or at once when waiting does not help
 */
export async function checkGivenServers(
  settings: Pick<Settings, 'databaseUrl' | 'natsUrl'>,
  progress: Progress,
  ending: AbortSignal,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  const { databaseUrl, natsUrl } = settings;
  const servers = [
    ...(databaseUrl === undefined ? [] : [tryPostgres(databaseUrl)]),
    ...(natsUrl === undefined ? [] : [tryNats(natsUrl)]),
  ];
  for (const server of servers) {
    await progress.step(server.what, () => untilUsable(server, ending, patienceMs));
  }
}

async function untilUsable(
  server: GivenServer,
  ending: AbortSignal,
  patienceMs: number,
): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (let attempts = 1; ; attempts += 1) {
    const result = await server.attempt();
    if (result.ok) return;
    if (!result.mayRecover || ending.aborted || performance.now() + RETRY_MS > deadline) {
      throw new GivenServerUnusable(server, result.why, attempts);
    }
    await pause(RETRY_MS, undefined, { signal: ending }).catch(() => undefined);
  }
}

/** The reason in one line; a host with several addresses fails once for each. */
export function reasonOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  if ('errors' in error && Array.isArray(error.errors) && error.errors.length > 0) {
    return [...new Set(error.errors.map(reasonOf))].join('; ');
  }
  const message = 'message' in error ? String(error.message) : '';
  return message === '' ? 'it gives no reason' : message.replace(/\n[^]*/, '');
}
