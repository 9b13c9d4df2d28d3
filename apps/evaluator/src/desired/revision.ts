import { desiredStateKey, type RevisionEntry, type SourcePointer } from '@vigil/contracts';
import type { Manifest, ResourceId } from '@vigil/manifests';

export interface Declaration {
  readonly resource: ResourceId;
  readonly digest: string;
  /** Generation since which the source has declared just this. */
  readonly since: number;
  readonly manifest: Manifest;
}

/** Everything that one source declares at one pointer. */
export interface Revision {
  readonly pointer: SourcePointer;
  readonly declarations: ReadonlyMap<ResourceId, Declaration>;
}

/** The revision that a pointer names; undefined while a chunk or a manifest of it is missing. */
export function assembleRevision(
  pointer: SourcePointer,
  chunks: ReadonlyMap<string, readonly RevisionEntry[]>,
  manifests: ReadonlyMap<string, Manifest>,
): Revision | undefined {
  const declarations = new Map<ResourceId, Declaration>();
  for (let chunk = 0; chunk < pointer.chunks; chunk += 1) {
    const entries = chunks.get(desiredStateKey.index(pointer.source, pointer.revision, chunk));
    if (entries === undefined) return undefined;
    for (const { resource, digest, since = 0 } of entries) {
      const manifest = manifests.get(digest);
      if (manifest === undefined) return undefined;
      declarations.set(resource, { resource, digest, since, manifest });
    }
  }
  return { pointer, declarations };
}
