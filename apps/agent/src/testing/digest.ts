import { createHash } from 'node:crypto';

/** A digest as the contracts want it; tests need only that different texts differ. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
