import { createHash } from 'node:crypto';

/**
 * An id made from what it identifies, so that whoever computes it again, in whatever process, gets
 * the same one. 96 bits of SHA-256: no accidental collision among anything one fleet produces.
 */
export function stableId(prefix: string, ...parts: readonly (string | number)[]): string {
  // JSON keeps ['a', 'bc'] and ['ab', 'c'] apart
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 24);
  return `${prefix}-${hash}`;
}
