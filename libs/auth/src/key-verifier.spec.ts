import { ManualClock, VigilError } from '@vigil/service';
import { KeyDirectory } from './key-directory.js';
import { KeyVerifier } from './key-verifier.js';
import type { KnownKey } from './principal.js';
import { newSecret } from './secret.js';

class Away extends VigilError {
  readonly code = 'test.away';
  readonly disposition = 'retry';
}

class MemoryDirectory extends KeyDirectory {
  readonly keys = new Map<string, KnownKey>();
  away = false;
  lookups = 0;

  find(hash: Buffer): Promise<KnownKey | undefined> {
    this.lookups += 1;
    if (this.away) return Promise.reject(new Away('away'));
    return Promise.resolve(this.keys.get(hash.toString('hex')));
  }
}

function setUp(expiresAt?: number) {
  const directory = new MemoryDirectory();
  const clock = new ManualClock(1_000_000);
  const { secret, hash } = newSecret('key');
  const principal = { keyId: 'k1', name: 'ann', role: 'operator' as const };
  directory.keys.set(hash.toString('hex'), {
    principal,
    hash,
    ...(expiresAt === undefined ? {} : { expiresAt }),
  });
  return { directory, clock, secret, principal, verifier: new KeyVerifier(directory, clock) };
}

describe('KeyVerifier', () => {
  it('knows the owner of a key, and asks the directory once in a while', async () => {
    const { verifier, secret, principal, directory, clock } = setUp();
    await expect(verifier.verify(secret)).resolves.toEqual(principal);
    await expect(verifier.verify(secret)).resolves.toEqual(principal);
    expect(directory.lookups).toBe(1);
    clock.advance(10_000);
    await verifier.verify(secret);
    expect(directory.lookups).toBe(2);
  });

  it('does not know other keys', async () => {
    const { verifier } = setUp();
    await expect(verifier.verify(newSecret('key').secret)).resolves.toBeUndefined();
  });

  it('lets a revoked key in for at most ten seconds, and not at all after forget', async () => {
    const { verifier, secret, directory, clock } = setUp();
    await verifier.verify(secret);
    directory.keys.clear();
    clock.advance(9_999);
    await expect(verifier.verify(secret)).resolves.toBeDefined();
    clock.advance(1);
    await expect(verifier.verify(secret)).resolves.toBeUndefined();

    const other = setUp();
    await other.verifier.verify(other.secret);
    other.directory.keys.clear();
    other.verifier.forget('k1');
    await expect(other.verifier.verify(other.secret)).resolves.toBeUndefined();
  });

  it('finds a key that was made after it had been unknown', async () => {
    const { verifier, directory, clock } = setUp();
    const late = newSecret('key');
    await expect(verifier.verify(late.secret)).resolves.toBeUndefined();
    const principal = { keyId: 'k2', name: 'late', role: 'read-only' as const };
    directory.keys.set(late.hash.toString('hex'), { principal, hash: late.hash });
    clock.advance(1_000);
    await expect(verifier.verify(late.secret)).resolves.toEqual(principal);
  });

  it('keeps letting known keys in for an hour while the directory is away', async () => {
    const { verifier, secret, principal, directory, clock } = setUp();
    await verifier.verify(secret);
    directory.away = true;
    clock.advance(3_599_999);
    await expect(verifier.verify(secret)).resolves.toEqual(principal);
    await expect(verifier.verify(newSecret('key').secret)).rejects.toBeInstanceOf(Away);
    clock.advance(1);
    await expect(verifier.verify(secret)).rejects.toBeInstanceOf(Away);
  });

  it('refuses an expired key, also from memory', async () => {
    const { verifier, secret, clock } = setUp(1_000_100);
    await expect(verifier.verify(secret)).resolves.toBeDefined();
    clock.advance(100);
    await expect(verifier.verify(secret)).resolves.toBeUndefined();
  });
});
