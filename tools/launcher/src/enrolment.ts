import { EnrolmentToken } from '@vigil/contracts';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import type { Settings } from './settings.js';
import { urlOf } from './settings.js';

/** Long enough for a slow machine to start the agent. */
const TOKEN_TTL_SECONDS = 600;

/** Where the agent keeps the key that its enrolment gave it. */
export function agentKeyFile(settings: Settings): string {
  return join(settings.agentHome, 'agent.key');
}

/**
 * A one-time token for this host's agent; undefined when the agent has a key that the collector knows.
 * It does not know that of an agent which was removed, or which enrolled with another database.
 */
export async function enrolmentToken(
  settings: Settings,
  adminKey: string,
): Promise<string | undefined> {
  const agents = `${urlOf(settings, 'collector')}/agents`;
  if (await hasKnownKey(settings, agents)) return undefined;
  const url = `${agents}/tokens`;
  const order = { host: settings.agentHost, ttlSeconds: TOKEN_TTL_SECONDS };
  const { status, text } = await ask('POST', url, adminKey, order);
  if (status < 200 || status >= 300) {
    throw new Error(`the collector answered ${status} to ${url}: ${text}`);
  }
  return EnrolmentToken.parse(JSON.parse(text)).token;
}

/** An agent may not list the agents: the answer to its key is 403, and 401 to one that is not known. */
async function hasKnownKey(settings: Settings, agents: string): Promise<boolean> {
  const key = readKey(agentKeyFile(settings));
  if (key === undefined) return false;
  const { status } = await ask('GET', agents, key);
  return status !== 401;
}

function readKey(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    // none yet; one that cannot be read is no use to the agent either
    return undefined;
  }
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

function ask(method: 'GET' | 'POST', url: string, key: string, body?: unknown): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const call = request(url, { method, agent: false, timeout: 10_000, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    call.on('timeout', () => call.destroy(new Error(`no answer from ${url}`)));
    call.on('error', reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
