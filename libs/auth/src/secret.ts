import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** What a secret looks like, so that people and secret scanners recognise it: `vgl_<kind>_<43 characters>`. */
export type SecretKind = 'key' | 'agent' | 'enroll';

/** A secret of 256 random bits, and what may be stored of it. */
export interface NewSecret {
  /** Shown once to whoever asked for it; stored nowhere. */
  readonly secret: string;
  /** Enough to recognise it in a list, not enough to guess the rest. */
  readonly prefix: string;
  readonly hash: Buffer;
}

const VISIBLE_RANDOM_CHARACTERS = 6;

export function newSecret(kind: SecretKind): NewSecret {
  const head = `vgl_${kind}_`;
  const secret = head + randomBytes(32).toString('base64url');
  return {
    secret,
    prefix: secret.slice(0, head.length + VISIBLE_RANDOM_CHARACTERS),
    hash: hashSecret(secret),
  };
}

/**
 * SHA-256 without salt or stretching: those slow down guessing of passwords that people choose, and
 * 256 random bits cannot be guessed anyway.
 */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret, 'utf8').digest();
}

/** Compares two hashes in a time that does not depend on their content. */
export function sameHash(left: Buffer, right: Buffer): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}
