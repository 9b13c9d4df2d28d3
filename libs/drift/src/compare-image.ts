import type { ContainerConfig, ExactImage } from './drift.js';
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
 * @param images where there are any: one of them it is to be, whatever the name names
 */
export function compareImage(
  wanted: string,
  observed: ContainerConfig['image'],
  images: readonly ExactImage[] = [],
): ImageDifference | undefined {
  const [best] = images;
  if (best !== undefined) {
    if (images.some((image) => isSameImage(image, observed))) return undefined;
    return {
      desired: printImage(wanted, best.id),
      observed: printImage(observed.reference, observed.id),
    };
  }
  if (isImageId(wanted)) {
    return observed.id.startsWith(wanted) ? undefined : { desired: wanted, observed: observed.id };
  }
  const reference = readImageReference(wanted);
  return reference.digest === undefined
    ? compareTag(reference, observed)
    : compareDigest(reference, observed);
}

/** True for one image, also when hosts know it by different ids (of one platform each). */
export function isSameImage(a: ExactImage, b: ExactImage): boolean {
  if (a.id === b.id) return true;
  const digests = new Set(a.repoDigests.map(imageName));
  return b.repoDigests.some((digest) => digests.has(imageName(digest)));
}

/** True when the reference that the image was started by names another one now. */
export function isMovedTag({ id, currentId }: ContainerConfig['image']): boolean {
  return currentId !== undefined && currentId !== id;
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
  return { desired: printImage(reference, currentId), observed: printImage(reference, id) };
}

/** A reference and what it means, for people: as many digits of the id as engines print in their lists. */
export function printImage(reference: string, id: string): string {
  const digits = id.slice(0, 'sha256:'.length + 12);
  return isImageId(reference) ? digits : `${imageName(reference)} (${digits})`;
}
