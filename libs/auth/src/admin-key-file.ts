import { readFile, stat } from 'node:fs/promises';
import { KeyDirectory } from './key-directory.js';
import type { KnownKey } from './principal.js';
import { hashSecret, sameHash } from './secret.js';

/** A shorter admin key is a mistake of whoever wrote the file. */
const MIN_LENGTH = 16;

/**
 * The admin key that stands in a file. It works without a database: it is how the first keys are
 * made, and how people get in when everything else is away. Another content of the file counts at
 * the next request.
 */
export class AdminKeyFile extends KeyDirectory {
  private loaded: { readonly version: string; readonly hash: Buffer | undefined } | undefined;

  constructor(private readonly path: string | undefined) {
    super();
  }

  async find(hash: Buffer): Promise<KnownKey | undefined> {
    const expected = await this.current();
    if (expected === undefined || !sameHash(expected, hash)) return undefined;
    return { principal: { keyId: 'admin', name: 'admin', role: 'admin' }, hash: expected };
  }

  private async current(): Promise<Buffer | undefined> {
    if (this.path === undefined) return undefined;
    try {
      const { mtimeMs, size, ino } = await stat(this.path);
      const version = `${ino}:${mtimeMs}:${size}`;
      if (this.loaded?.version !== version) {
        const key = (await readFile(this.path, 'utf8')).trim();
        this.loaded = { version, hash: key.length < MIN_LENGTH ? undefined : hashSecret(key) };
      }
    } catch {
      // no file, no admin key: a removed file revokes it
      this.loaded = undefined;
    }
    return this.loaded?.hash;
  }
}
