import { Enrolled } from '@vigil/contracts';
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { isMissing, writeDurably } from '../disk/durable-file.js';

/** Who this agent is for its collector. */
export interface Identity {
  readonly agentId: string;
  /** Bearer key, bound to this host. */
  readonly key: string;
  /** Verifies the commands of this installation. */
  readonly commandKey: KeyObject;
  /** The installation of Vigil that this agent belongs to. */
  readonly instance: string;
  /** As PEM. */
  readonly commandPublicKey: string;
  /** Digest of the token that it was enrolled with. */
  readonly spentToken?: string | undefined;
}

const IdentityFile = z.object({
  agentId: Enrolled.shape.agentId,
  commandPublicKey: z.string(),
  instance: z.string(),
  spentToken: z.string().optional(),
});

const KEY_FILE = 'agent.key';
const IDENTITY_FILE = 'identity.json';

/** The identity that an enrolment left in the agent's home; undefined when there was none. */
export async function loadIdentity(home: string): Promise<Identity | undefined> {
  const key = await readIfThere(join(home, KEY_FILE));
  const text = await readIfThere(join(home, IDENTITY_FILE));
  if (key === undefined || text === undefined) return undefined;
  const stored = IdentityFile.parse(JSON.parse(text));
  return { ...stored, key: key.trim(), commandKey: readCommandKey(stored.commandPublicKey) };
}

/** What an enrolment with this token has made of the agent. */
export function identityOf(enrolled: Enrolled, token: string): Identity {
  const commandKey = readCommandKey(enrolled.commandPublicKey);
  return { ...enrolled, commandKey, spentToken: digestOfToken(token) };
}

/** Keeps an identity. The key is written last: where it is, the rest is. */
export async function saveIdentity(home: string, identity: Identity): Promise<void> {
  const { agentId, commandPublicKey, instance, spentToken, key } = identity;
  const text = JSON.stringify({ agentId, commandPublicKey, instance, spentToken }, undefined, 2);
  await writeDurably(join(home, IDENTITY_FILE), `${text}\n`);
  await writeDurably(join(home, KEY_FILE), `${key}\n`);
}

/** Recognises a token without keeping it. */
export function digestOfToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function readCommandKey(pem: string): KeyObject {
  const key = createPublicKey(pem);
  if (key.asymmetricKeyType !== 'ed25519') {
    throw new Error(`found a key of type ${key.asymmetricKeyType ?? 'unknown'}, expected ed25519`);
  }
  return key;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
