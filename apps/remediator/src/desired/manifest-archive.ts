import { Injectable } from '@nestjs/common';
import { DesiredStateBucket, desiredStateKey, type EarlierManifests } from '@vigil/contracts';
import type { Service } from '@vigil/manifests';
import { Buckets } from '@vigil/messaging';

/** Manifests kept in memory at most. */
const CACHED = 500;

/** The manifests of services by digest, present and past, as far as gitopsd keeps them. */
@Injectable()
export class ManifestArchive {
  private readonly cache = new Map<string, Service>();

  constructor(private readonly buckets: Buckets) {}

  /**
   * Those of the digests that are known.
   * @param told by a request: they may be older than what gitopsd keeps
   */
  async find(
    digests: Iterable<string>,
    told: EarlierManifests = [],
  ): Promise<ReadonlyMap<string, Service>> {
    const known = new Map(told.map(({ digest, service }) => [digest, service]));
    const others = [...new Set(digests)].filter((digest) => !known.has(digest));
    const found = await Promise.all(others.map((digest) => this.get(digest)));
    return new Map([...known, ...found.flatMap((one) => (one === undefined ? [] : [one]))]);
  }

  private async get(digest: string): Promise<readonly [string, Service] | undefined> {
    const cached = this.cache.get(digest);
    if (cached !== undefined) return [digest, cached];
    const specs = this.buckets.open(DesiredStateBucket).keys('spec');
    const entry = await specs.get(desiredStateKey.spec(digest));
    if (entry?.value.kind !== 'Service') return undefined;
    this.remember(digest, entry.value);
    return [digest, entry.value];
  }

  /** A digest always stands for the same manifest: nothing cached grows stale. */
  private remember(digest: string, service: Service): void {
    const [oldest] = this.cache.keys();
    if (this.cache.size >= CACHED && oldest !== undefined) this.cache.delete(oldest);
    this.cache.set(digest, service);
  }
}
