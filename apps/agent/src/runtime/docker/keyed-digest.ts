import { createHmac, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isMissing, writeDurably } from '../../disk/durable-file.js';

const KEY_BYTES = 32;
/** 128 bits: enough that two values of one variable never look the same. */
const DIGEST_HEX_DIGITS = 32;

/** Tells whether two values on this host are equal, without telling anything of them. */
export type KeyedDigestOf = (value: string) => string;

/**
 * HMAC-SHA-256 with the key in this file, which is made when there is none and stays on this host:
 * without it nobody can try out values.
 */
export async function openKeyedDigest(path: string): Promise<KeyedDigestOf> {
  const key = (await keyIn(path)) ?? (await newKey(path));
  return (value) =>
    createHmac('sha256', key).update(value).digest('hex').slice(0, DIGEST_HEX_DIGITS);
}

async function keyIn(path: string): Promise<Buffer | undefined> {
  try {
    const key = Buffer.from((await readFile(path, 'utf8')).trim(), 'hex');
    return key.length === KEY_BYTES ? key : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function newKey(path: string): Promise<Buffer> {
  const key = randomBytes(KEY_BYTES);
  await writeDurably(path, `${key.toString('hex')}\n`);
  return key;
}
