import { Injectable } from '@nestjs/common';
import {
  DesiredStateBucket,
  desiredStateKey,
  type RevisionEntry,
  type SourcePointer,
} from '@vigil/contracts';
import type { Manifest } from '@vigil/manifests';
import { Buckets, KeySpace, TypedBucket } from '@vigil/messaging';
import { chunkEntries } from './index-chunks.js';

/** Writes to the bucket that may be under way at the same time. */
const CONCURRENCY = 64;

/**
 * The bucket `desired_state`, which every other service reads. Manifests are stored by digest and
 * never change; the index of a revision is complete before the pointer names it.
 */
@Injectable()
export class DesiredStateStore {
  private readonly bucket: TypedBucket<(typeof DesiredStateBucket)['values']>;

  constructor(buckets: Buckets) {
    this.bucket = buckets.open(DesiredStateBucket);
  }

  pointer(source: string): Promise<PointerEntry | undefined> {
    return this.pointers().get(desiredStateKey.pointer(source));
  }

  async putManifests(manifests: ReadonlyMap<string, Manifest>): Promise<void> {
    const specs = this.bucket.keys('spec');
    await inBatches([...manifests], async ([digest, manifest]) => {
      await specs.put(desiredStateKey.spec(digest), manifest);
    });
  }

  /** Returns the number of chunks. */
  async putIndex(
    source: string,
    revision: string,
    entries: readonly RevisionEntry[],
  ): Promise<number> {
    const index = this.bucket.keys('index');
    const chunks = chunkEntries(entries);
    await inBatches([...chunks.entries()], async ([number, chunk]) => {
      await index.put(desiredStateKey.index(source, revision, number), { entries: chunk });
    });
    return chunks.length;
  }

  /**
   * Puts a revision in force, unless somebody else moved the pointer since it was read.
   * @throws WrongRevision
   */
  async movePointer(
    pointer: SourcePointer,
    previous: PointerEntry | undefined,
  ): Promise<PointerEntry> {
    const key = desiredStateKey.pointer(pointer.source);
    const revision =
      previous === undefined
        ? await this.pointers().create(key, pointer)
        : await this.pointers().update(key, pointer, previous.revision);
    return { value: pointer, revision };
  }

  /** Removes what no revision that is kept needs. */
  async remove(
    source: string,
    stale: { readonly digests: readonly string[]; readonly revisions: readonly StaleRevision[] },
  ): Promise<void> {
    const specs = this.bucket.keys('spec');
    const index = this.bucket.keys('index');
    await inBatches(stale.digests, (digest) => specs.delete(desiredStateKey.spec(digest)));
    for (const { revision, chunks } of stale.revisions) {
      const numbers = Array.from({ length: chunks }, (_, number) => number);
      await inBatches(numbers, (number) =>
        index.delete(desiredStateKey.index(source, revision, number)),
      );
    }
  }

  private pointers(): KeySpace<(typeof DesiredStateBucket)['values']['pointer']> {
    return this.bucket.keys('pointer');
  }
}

/** A pointer, and the revision of its key: what compare-and-set compares. */
export interface PointerEntry {
  readonly value: SourcePointer;
  readonly revision: number;
}

export interface StaleRevision {
  readonly revision: string;
  readonly chunks: number;
}

async function inBatches<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < items.length; start += CONCURRENCY) {
    await Promise.all(items.slice(start, start + CONCURRENCY).map(work));
  }
}
