import { Injectable } from '@nestjs/common';
import type { Manifest, ParsedResource } from '@vigil/manifests';
import { Clock } from '@vigil/service';
import { DesiredStateStore, type PointerEntry } from '../desired-state/desired-state.store.js';
import { PruneDesiredState } from '../desired-state/prune-desired-state.js';
import { Announcements } from './announcements.js';
import { RevisionStore, type NewRevision } from './revision.store.js';
import { changesBetween, type StoredRevision } from './stored-revision.js';

/** What is in force for a source, as far as gitopsd and everybody else agree on it. */
export interface InForce {
  readonly stored: StoredRevision | undefined;
  readonly pointer: PointerEntry | undefined;
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
      { ...revision, createdAt: this.clock.now() },
      // the bucket is ahead of PostgreSQL when PostgreSQL lost its newest
      inForce.pointer?.value.generation ?? 0,
      resources,
    );
    const manifests = new Map(resources.map(({ digest, manifest }) => [digest, manifest]));
    const pointer = await this.write(stored, changedManifests(manifests, inForce), inForce);
    return this.complete(stored, pointer, inForce.stored);
  }

  /** Brings PostgreSQL and the bucket to agree after a crash of anybody, and says what is in force. */
  async recover(source: string): Promise<InForce> {
    const pointer = await this.desiredState.pointer(source);
    const applied = await this.revisions.latestApplied(source);
    const pointed = await this.pointedTo(pointer);
    if (pointer !== undefined && pointed?.applied === false) {
      return this.complete(pointed, pointer, applied);
    }
    if (applied === undefined) return { stored: undefined, pointer };
    return this.restore(applied, pointer);
  }

  private async pointedTo(pointer: PointerEntry | undefined): Promise<StoredRevision | undefined> {
    if (pointer === undefined) return undefined;
    const { source, generation, revision } = pointer.value;
    const stored = await this.revisions.byGeneration(source, generation);
    return stored?.revision === revision ? stored : undefined;
  }

  /** Writes the bucket again when it was lost, or is older than what was put in force. */
  private async restore(
    stored: StoredRevision,
    pointer: PointerEntry | undefined,
  ): Promise<InForce> {
    if (pointer !== undefined && pointer.value.generation >= stored.generation) {
      return { stored, pointer };
    }
    const digests = await this.prune.keptDigests(stored.source);
    const manifests = await this.revisions.manifests(digests);
    return { stored, pointer: await this.write(stored, manifests, { stored, pointer }) };
  }

  private async write(
    stored: StoredRevision,
    manifests: ReadonlyMap<string, Manifest>,
    { pointer }: InForce,
  ): Promise<PointerEntry> {
    const { source, revision, generation } = stored;
    await this.desiredState.putManifests(manifests);
    const chunks = await this.desiredState.putIndex(source, revision, stored.entries);
    const inForceAt = this.clock.now();
    return this.desiredState.movePointer(
      { source, revision, chunks, generation, inForceAt },
      pointer,
    );
  }

  private async complete(
    stored: StoredRevision,
    pointer: PointerEntry,
    previous: StoredRevision | undefined,
  ): Promise<InForce> {
    const at = this.clock.now();
    const changes = changesBetween(previous?.entries ?? [], stored.entries);
    await this.announcements.applied(stored, previous?.revision, changes, at);
    await this.revisions.markApplied(stored, at);
    await this.prune.execute(stored.source);
    // the pointer as it was moved, not as it is now: whoever moved it since wins the next compare-and-set
    return { stored: { ...stored, applied: true }, pointer };
  }
}

/** False when the bucket names another revision: PostgreSQL has lost its newest, or the bucket has. */
export function isPointedTo({ stored, pointer }: InForce): boolean {
  return (
    stored !== undefined &&
    pointer?.value.generation === stored.generation &&
    pointer.value.revision === stored.revision
  );
}

/** What the bucket does not have yet: it has everything of the revision that it points to. */
function changedManifests(
  manifests: ReadonlyMap<string, Manifest>,
  inForce: InForce,
): ReadonlyMap<string, Manifest> {
  const { stored } = inForce;
  if (stored === undefined || !isPointedTo(inForce)) return manifests;
  const present = new Set(stored.entries.map(({ digest }) => digest));
  return new Map([...manifests].filter(([digest]) => !present.has(digest)));
}
