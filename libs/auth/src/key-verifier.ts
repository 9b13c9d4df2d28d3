import { type Clock, dispositionOf } from '@vigil/service';
import { type KeyDirectory } from './key-directory.js';
import type { KnownKey, Principal } from './principal.js';
import { hashSecret, sameHash } from './secret.js';

/** How long an answer of the directory is believed, milliseconds. Bounds how long a revoked key works. */
const FRESH_MS = 10_000;
/** While the directory is away, a key that was good this recently stays good, milliseconds. */
const STALE_MS = 3_600_000;
/** "No such key" is believed for a shorter time: it may have been made a moment ago. */
const UNKNOWN_FRESH_MS = 1_000;
const CAPACITY = 20_000;

interface Entry {
  readonly key: KnownKey | undefined;
  readonly checkedAt: number;
}

/**
 * Tells who a key belongs to. Answers are remembered for a short time, and known keys go on working
 * for an hour while the directory is away, so that healing goes on without the database.
 */
export class KeyVerifier {
  // in order of insertion: the first is the one that was looked up longest ago
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly directory: KeyDirectory,
    private readonly clock: Clock,
  ) {}

  /**
   * The owner of the key; undefined when it is unknown, revoked or expired.
   * @throws VigilError with disposition `retry` when the directory is away and the key is not remembered
   */
  async verify(secret: string): Promise<Principal | undefined> {
    const hash = hashSecret(secret);
    const id = hash.toString('base64');
    const now = this.clock.now();
    const remembered = this.entries.get(id);
    if (remembered !== undefined && isFresh(remembered, now)) return ownerOf(remembered, hash, now);
    try {
      const entry = { key: await this.directory.find(hash), checkedAt: now };
      this.remember(id, entry);
      return ownerOf(entry, hash, now);
    } catch (error) {
      const usable = remembered?.key !== undefined && now - remembered.checkedAt < STALE_MS;
      if (dispositionOf(error) !== 'retry' || !usable) throw error;
      return ownerOf(remembered, hash, now);
    }
  }

  /** Forgets a key at once, for the process in which it was revoked. */
  forget(keyId: string): void {
    for (const [id, { key }] of this.entries) {
      if (key?.principal.keyId === keyId) this.entries.delete(id);
    }
  }

  private remember(id: string, entry: Entry): void {
    this.entries.delete(id);
    this.entries.set(id, entry);
    if (this.entries.size <= CAPACITY) return;
    const oldest = this.entries.keys().next();
    if (oldest.done !== true) this.entries.delete(oldest.value);
  }
}

function isFresh(entry: Entry, now: number): boolean {
  const age = now - entry.checkedAt;
  return age >= 0 && age < (entry.key === undefined ? UNKNOWN_FRESH_MS : FRESH_MS);
}

function ownerOf({ key }: Entry, hash: Buffer, now: number): Principal | undefined {
  if (key === undefined || !sameHash(key.hash, hash)) return undefined;
  const expired = key.expiresAt !== undefined && key.expiresAt <= now;
  return expired ? undefined : key.principal;
}
