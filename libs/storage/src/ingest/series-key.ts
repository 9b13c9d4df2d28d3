import { createHash } from 'node:crypto';

/** What identifies a series. */
export interface SeriesIdentity {
  readonly name: string;
  readonly source: string;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * The same text for the same series, whatever the order of its labels. NUL separates, which neither
 * names nor values may contain (PostgreSQL stores no NUL).
 */
export function seriesKey({ name, source, labels }: SeriesIdentity): string {
  let key = `${name}\0${source}`;
  for (const label of Object.keys(labels).sort()) key += `\0${label}\0${labels[label] ?? ''}`;
  return key;
}

/** First 16 bytes of the SHA-256 of a series key: 128 bits make a collision unthinkable. */
export function seriesHash(key: string): Buffer {
  return createHash('sha256').update(key).digest().subarray(0, 16);
}
