/** 2026-01-01, Unix ms: no bucket of Vigil is older. */
const EPOCH_MS = 1_767_225_600_000;

/** Where tokens begin: above every one that agents remember of versions with another form. */
const FIRST_TOKEN = 2 ** 52;

/**
 * Tokens for each millisecond of a bucket's life: as long as fewer values than that are written, those
 * of a later bucket are greater.
 */
const TOKENS_PER_MS = 2 ** 11;

/**
 * Grows with every acquisition of a lock, also over a server that lost its data, where revisions begin
 * at 1 again: agents remember the greatest token that they have seen and would refuse everything after
 * it. A safe integer until the year 2095.
 * @param bucketCreatedAt when the bucket of the lock was created, Unix ms by the server's clock
 * @param revision of the lock's value at its acquisition
 */
export function fencingToken(bucketCreatedAt: number, revision: number): number {
  return FIRST_TOKEN + Math.max(0, bucketCreatedAt - EPOCH_MS) * TOKENS_PER_MS + revision;
}
