import { Injectable } from '@nestjs/common';
import type { SourcePointer } from '@vigil/contracts';
import type { Manifest, ParsedResource } from '@vigil/manifests';
import type { KvEntry } from '@vigil/messaging';
import { Clock } from '@vigil/service';
import { DesiredStateStore } from '../desired-state/desired-state.store.js';
import { PruneDesiredState } from '../desired-state/prune-desired-state.js';
import { Announcements } from './announcements.js';
import { RevisionStore, type NewRevision } from './revision.store.js';
import { changesBetween, type StoredRevision } from './stored-revision.js';

/** What is in force for a source, as far as gitopsd and everybody else agree on it. */
export interface InForce {
  readonly stored: StoredRevision | undefined;
  readonly pointer: KvEntry<SourcePointer> | undefined;
}

/**
 * Puts a valid revision in force: stored in PostgreSQL, written to the bucket, pointed to, announced,
 * and marked, in this order. Whoever dies in between leaves the last good revision in force, or the
 * new one with its announcement still to be made, which {@link recover} finds.
 */
@Injectable()
export class AcceptRevision {
  constructor(
    private readonly revisions: RevisionStore,
    private readonly desiredState: DesiredStateStore,
    private readonly announcements: Announcements,
    private readonly prune: PruneDesiredState,
    private readonly clock: Clock,
  ) {}

  async execute(
    revision: Omit<NewRevision, 'createdAt'>,
    resources: readonly ParsedResource[],
    inForce: InForce,
  ): Promise<InForce> {
    const stored = await this.revisions.store(
      { ...revision, createdAt: this.clock.now(), generation: nextGeneration(inForce) },
      resources,
    );
    const manifests = new Map(resources.map(({ digest, manifest }) => [digest, manifest]));
    await this.write(stored, changedManifests(manifests, inForce), inForce);
    return this.complete(stored, inForce.stored);
  }

  /** Brings PostgreSQL and the bucket to agree after a crash of anybody, and says what is in force. */
  async recover(source: string): Promise<InForce> {
    const latest = await this.revisions.latestValid(source);
    const pointer = await this.desiredState.pointer(source);
    if (latest === undefined) return { stored: undefined, pointer };
    if (latest.applied) return this.restore(latest, pointer);
    const previous = await this.revisions.latestApplied(source);
    if (pointer?.value.generation === latest.generation) return this.complete(latest, previous);
    // it never came into force; if it is still what the source wants, it is accepted anew
    await this.revisions.discard(latest);
    return previous === undefined
      ? { stored: undefined, pointer }
      : this.restore(previous, pointer);
  }

  /** Writes the bucket again when it was lost, or is older than what was put in force. */
  private async restore(
    stored: StoredRevision,
    pointer: KvEntry<SourcePointer> | undefined,
  ): Promise<InForce> {
    if (pointer !== undefined && pointer.value.generation >= stored.generation) {
      return { stored, pointer };
    }
    const digests = await this.prune.keptDigests(stored.source);
    const manifests = await this.revisions.manifests(digests);
    await this.write(stored, manifests, { stored, pointer });
    return { stored, pointer: await this.desiredState.pointer(stored.source) };
  }

  private async write(
    stored: StoredRevision,
    manifests: ReadonlyMap<string, Manifest>,
    { pointer }: InForce,
  ): Promise<void> {
    const { source, revision, generation } = stored;
    await this.desiredState.putManifests(manifests);
    const chunks = await this.desiredState.putIndex(source, revision, stored.entries);
    const inForceAt = this.clock.now();
    await this.desiredState.movePointer(
      { source, revision, chunks, generation, inForceAt },
      pointer,
    );
  }

  private async complete(
    stored: StoredRevision,
    previous: StoredRevision | undefined,
  ): Promise<InForce> {
    const at = this.clock.now();
    const changes = changesBetween(previous?.entries ?? [], stored.entries);
    await this.announcements.applied(stored, previous?.revision, changes, at);
    await this.revisions.markApplied(stored, at);
    await this.prune.execute(stored.source);
    const pointer = await this.desiredState.pointer(stored.source);
    return { stored: { ...stored, applied: true }, pointer };
  }
}

/** Above what PostgreSQL and the bucket know: either may have lost its newest. */
function nextGeneration({ stored, pointer }: InForce): number {
  return 1 + Math.max(stored?.generation ?? 0, pointer?.value.generation ?? 0);
}

/** What the bucket does not have yet: it has everything of the revision that it points to. */
function changedManifests(
  manifests: ReadonlyMap<string, Manifest>,
  { stored, pointer }: InForce,
): ReadonlyMap<string, Manifest> {
  if (stored === undefined || pointer?.value.generation !== stored.generation) return manifests;
  const present = new Set(stored.entries.map(({ digest }) => digest));
  return new Map([...manifests].filter(([digest]) => !present.has(digest)));
}
