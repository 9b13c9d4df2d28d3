import type { KnownKey } from './principal.js';

/** Where keys are looked up. Revoked keys are not in it. */
export abstract class KeyDirectory {
  /**
   * The key with this SHA-256; undefined when there is none.
   * @throws VigilError with disposition `retry` when it cannot be known now
   */
  abstract find(hash: Buffer): Promise<KnownKey | undefined>;
}

/** Asks one directory after another; the first answer counts. */
export class KeyDirectories extends KeyDirectory {
  constructor(private readonly directories: readonly KeyDirectory[]) {
    super();
  }

  async find(hash: Buffer): Promise<KnownKey | undefined> {
    for (const directory of this.directories) {
      const key = await directory.find(hash);
      if (key !== undefined) return key;
    }
    return undefined;
  }
}
