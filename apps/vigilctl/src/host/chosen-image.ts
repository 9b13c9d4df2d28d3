import type { DescribedContainer } from '@vigil/contracts';
import { readImageReference } from '@vigil/drift';

/** What a manifest says of the image that a container runs. */
export interface ChosenImage {
  readonly image: string;
  /** Why it is not the name that the container was made with. */
  readonly reason?: string;
}

/**
 * The name that the container was made with, as long as it names what runs; else exactly what runs: by
 * the digest that registries know it by, or by its id on the host.
 */
export function chosenImage({ config }: DescribedContainer): ChosenImage {
  const { reference, id, currentId, repoDigests } = config.container.image;
  if (isBeginningOf(id, reference)) {
    return { image: pinned(reference, id, repoDigests), reason: 'it was made from an id' };
  }
  const isDigest = readImageReference(reference).digest !== undefined;
  if (isDigest || currentId === id) return { image: reference };
  const names = currentId === undefined ? 'names no image any more' : 'names another image by now';
  return { image: pinned(reference, id, repoDigests), reason: `${reference} ${names}` };
}

/** Also without the algorithm, as people write ids. */
function isBeginningOf(id: string, reference: string): boolean {
  if (!/^(?:sha256:)?[0-9a-f]{6,64}$/.test(reference)) return false;
  return id.startsWith(reference) || id.startsWith(`sha256:${reference}`);
}

function pinned(reference: string, id: string, repoDigests: readonly string[]): string {
  const { name } = readImageReference(reference);
  const ofSameName = repoDigests.find((digest) => readImageReference(digest).name === name);
  return ofSameName ?? repoDigests[0] ?? id;
}
