import type { RevisionEntry } from '@vigil/contracts';

/** A NATS message holds 1 MiB; half of it leaves room for headers and escapes. */
export const CHUNK_BYTES = 512 * 1024;

/** Cuts the index of a revision into parts that each fit into one message. An empty one has none. */
export function chunkEntries(
  entries: readonly RevisionEntry[],
  limit = CHUNK_BYTES,
): RevisionEntry[][] {
  const chunks: RevisionEntry[][] = [];
  let size = 0;
  for (const entry of entries) {
    const bytes = Buffer.byteLength(JSON.stringify(entry)) + 1;
    const current = chunks.at(-1);
    if (current === undefined || size + bytes > limit) {
      chunks.push([entry]);
      size = bytes;
    } else {
      current.push(entry);
      size += bytes;
    }
  }
  return chunks;
}
