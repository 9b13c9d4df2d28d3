import type { ResourceId } from '@vigil/manifests';

/** Sources of which a policy has new samples. Past this number all of them are looked at. */
const MAX_SOURCES = 256;

/** What has to be evaluated of a policy: some sources, or everything. */
export type Extent = ReadonlySet<string> | 'everything';

/** Which sources sent something that a policy reads, since its last evaluation. */
export class DirtySources {
  private readonly byPolicy = new Map<ResourceId, Set<string> | 'everything'>();

  add(policy: ResourceId, source: string): void {
    const known = this.byPolicy.get(policy);
    if (known === 'everything') return;
    const sources = known ?? new Set<string>();
    sources.add(source);
    this.byPolicy.set(policy, sources.size > MAX_SOURCES ? 'everything' : sources);
  }

  addEverything(policy: ResourceId): void {
    this.byPolicy.set(policy, 'everything');
  }

  /** What is to be evaluated now, and begins to collect anew. Undefined: no news. */
  take(policy: ResourceId): Extent | undefined {
    const extent = this.byPolicy.get(policy);
    this.byPolicy.delete(policy);
    return extent;
  }
}
