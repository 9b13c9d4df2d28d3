import { EnrolmentToken } from '@vigil/contracts';
import { existsSync } from 'node:fs';
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

/** A one-time token for this host's agent; undefined when the agent has its key already. */
export async function enrolmentToken(
  settings: Settings,
  adminKey: string,
): Promise<string | undefined> {
  if (existsSync(agentKeyFile(settings))) return undefined;
  const answer = await postJson(`${urlOf(settings, 'collector')}/agents/tokens`, adminKey, {
    host: settings.agentHost,
    ttlSeconds: TOKEN_TTL_SECONDS,
  });
  return EnrolmentToken.parse(answer).token;
}

function postJson(url: string, key: string, body: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const call = request(
      url,
      {
        method: 'POST',
        agent: false,
        timeout: 10_000,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          const status = response.statusCode ?? 0;
          if (status >= 200 && status < 300) resolve(JSON.parse(text));
          else reject(new Error(`the collector answered ${status} to ${url}: ${text}`));
        });
      },
    );
    call.on('timeout', () => call.destroy(new Error(`no answer from ${url}`)));
    call.on('error', reject);
    call.end(JSON.stringify(body));
  });
}
