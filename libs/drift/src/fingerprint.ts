const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;

/** FNV-1a (32 bit) over UTF-16 code units, with a final avalanche (that of MurmurHash3). */
function hash32(text: string, seed: number): number {
  let hash = OFFSET ^ seed;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), PRIME);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** 64 bits of a text as 16 hex digits: tells values of one resource apart, resists no attack. */
export function fingerprint(text: string): string {
  return [hash32(text, 0), hash32(text, 0x9e3779b9)]
    .map((half) => half.toString(16).padStart(8, '0'))
    .join('');
}

/** A number that is the same for the same text and looks random, for rendezvous hashing. */
export function weightOf(text: string): number {
  return hash32(text, 0);
}
