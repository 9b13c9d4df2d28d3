import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** True for the HMAC-SHA256 of the body, in hexadecimal digits; takes as long for every wrong one. */
export function isHmacOf(body: Uint8Array, secret: string, signature: string): boolean {
  return isSame(createHmac('sha256', secret).update(body).digest('hex'), signature.toLowerCase());
}

/** Compares two texts of any length in a time that tells nothing about either. */
export function isSame(expected: string, found: string): boolean {
  return timingSafeEqual(digest(expected), digest(found));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
