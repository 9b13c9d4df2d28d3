import { InvalidPayload, WrongRevision } from '../errors.js';
import type { KvEntry } from './key-space.js';

/** The keys of a bucket, as far as they are kept; a `KeySpace` is one. */
export interface KeptKeys<Value> {
  get(key: string): Promise<KvEntry<Value> | undefined>;
  put(key: string, value: Value): Promise<number>;
  create(key: string, value: Value): Promise<number>;
  update(key: string, value: Value, revision: number): Promise<number>;
}

/** How often a write is tried again that others were faster than. */
const WRITE_ATTEMPTS = 5;

/** What is stored under a key. A value that no schema understands is there, and has to be replaced. */
type Stored<Value> = KvEntry<Value> | 'unreadable' | undefined;

export function isReadable<Value>(stored: Stored<Value>): stored is KvEntry<Value> {
  return stored !== undefined && stored !== 'unreadable';
}

export async function read<Value>(keys: KeptKeys<Value>, key: string): Promise<Stored<Value>> {
  try {
    return await keys.get(key);
  } catch (error) {
    if (error instanceof InvalidPayload) return 'unreadable';
    throw error;
  }
}

/** False when somebody else was faster; the last attempt throws that. */
export async function writeOver<Value>(
  keys: KeptKeys<Value>,
  key: string,
  value: Value,
  present: Stored<Value>,
  attempts: number,
): Promise<boolean> {
  try {
    if (present === 'unreadable') await keys.put(key, value);
    else if (present === undefined) await keys.create(key, value);
    else await keys.update(key, value, present.revision);
    return true;
  } catch (error) {
    if (error instanceof WrongRevision && attempts < WRITE_ATTEMPTS) return false;
    throw error;
  }
}
