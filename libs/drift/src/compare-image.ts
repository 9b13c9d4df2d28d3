import type { ContainerConfig } from './drift.js';
import {
  imageName,
  isImageId,
  printImageReference,
  readImageReference,
  type ImageReference,
} from './image-reference.js';

/** The two sides of an image that is not the wanted one, for people. */
export interface ImageDifference {
  readonly desired: string;
  readonly observed: string;
}

/**
 * Whether a container was made from the image that its manifest names. A digest is compared with the
 * digests that registries know the image by, whatever name it was started by. A name is compared in
 * full, and then by what it names on the host now: a tag that was moved is a difference, and one that
 * names nothing there any more is none.
 */
export function compareImage(
  wanted: string,
  observed: ContainerConfig['image'],
): ImageDifference | undefined {
  if (isImageId(wanted)) {
    return observed.id.startsWith(wanted) ? undefined : { desired: wanted, observed: observed.id };
  }
  const reference = readImageReference(wanted);
  return reference.digest === undefined
    ? compareTag(reference, observed)
    : compareDigest(reference, observed);
}

function compareDigest(
  wanted: ImageReference,
  { reference, repoDigests }: ContainerConfig['image'],
): ImageDifference | undefined {
  const desired = printImageReference(wanted);
  const known = [...repoDigests, reference].map(imageName);
  if (known.includes(desired)) return undefined;
  const [ofSameName] = repoDigests
    .map(readImageReference)
    .filter(({ name }) => name === wanted.name)
    .map(printImageReference)
    .sort();
  return { desired, observed: ofSameName ?? imageName(reference) };
}

function compareTag(
  wanted: ImageReference,
  { reference, id, currentId }: ContainerConfig['image'],
): ImageDifference | undefined {
  const desired = printImageReference(wanted);
  const observed = imageName(reference);
  if (observed !== desired) return { desired, observed };
  if (currentId === undefined || currentId === id) return undefined;
  return { desired: withId(desired, currentId), observed: withId(observed, id) };
}

/** With as many digits of the id as engines print in their lists. */
function withId(reference: string, id: string): string {
  return `${reference} (${id.slice(0, 'sha256:'.length + 12)})`;
}
