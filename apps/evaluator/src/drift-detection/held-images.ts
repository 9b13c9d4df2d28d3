import {
  MAX_EXACT_IMAGES,
  MAX_FAILED_IMAGES,
  type ActionRequest,
  type ExactImage,
  type ReplicaObservation,
  type ResourceMemory,
} from '@vigil/contracts';
import { compareImage, isSameImage } from '@vigil/drift';
import type { Service } from '@vigil/manifests';
import type { MovedTag } from '../action-history/action-record.js';

type Held = Pick<NonNullable<ResourceMemory['hold']>, 'heldDigest' | 'images' | 'failedImages'>;

/** A replica whose host is heard and shows what was done there last. */
export interface CurrentReplica {
  readonly host: string;
  readonly replica: ReplicaObservation;
}

/** What ran by the held spec before the action, and what serves by it elsewhere. */
export function goodImages(
  { targets }: ActionRequest,
  tried: readonly MovedTag[],
  heldDigest: string,
  replicas: readonly CurrentReplica[],
): ExactImage[] {
  const before = targets.flatMap(({ observedDigest, observedImage }) =>
    observedDigest === heldDigest && observedImage !== undefined ? [observedImage] : [],
  );
  const failedImages = tried.length === 0 ? undefined : [...tried];
  return withOthers(before, { heldDigest, failedImages }, replicas);
}

/**
 * The good images, with what runs by the held spec elsewhere. A host that is heard again later counts as
 * well: nobody has touched what it runs, and it may have none of the others.
 */
export function withOthers(
  good: readonly ExactImage[],
  { heldDigest, failedImages }: Omit<Held, 'images'>,
  replicas: readonly CurrentReplica[],
): ExactImage[] {
  const others = replicas.flatMap(({ replica }) => {
    const image = replica.config.container?.image;
    if (replica.specDigest !== heldDigest || image === undefined) return [];
    // where it was another spec that failed, what has ended is no worse than it was
    const isGood = serves(replica) || (failedImages === undefined && replica.state !== 'running');
    return isGood ? [{ id: image.id, repoDigests: image.repoDigests }] : [];
  });
  const all: ExactImage[] = [];
  for (const image of [...good, ...others]) {
    if (failedImages?.some(({ id }) => id === image.id) === true) continue;
    if (!all.some((known) => isSameImage(known, image))) all.push(image);
  }
  return all.slice(0, MAX_EXACT_IMAGES);
}

/** Whether its image is one that the manifest's reference names, or did once. */
export function isAsNamed({ replica }: CurrentReplica, service: Service | undefined): boolean {
  const image = replica.config.container?.image;
  const wanted = service?.spec.image;
  if (image === undefined || wanted === undefined) return true;
  const { currentId: _moved, ...then } = image;
  return compareImage(wanted, then) === undefined;
}

/**
 * What is not to be tried again: what was, and what the tag had been moved to by then on other hosts,
 * which may know the same image by another id or have built their own. One of each id comes first.
 */
export function failedImages(
  tried: readonly MovedTag[],
  good: readonly ExactImage[],
  heldDigest: string,
  replicas: readonly CurrentReplica[],
): MovedTag[] {
  const known = new Set(good.map(({ id }) => id));
  const elsewhere = replicas.flatMap((seen) => {
    const id = tagOf(seen, heldDigest);
    return id === undefined || id === seen.replica.config.container?.image.id
      ? []
      : [{ host: seen.host, id }];
  });
  const [first, others]: [MovedTag[], MovedTag[]] = [[], []];
  for (const tag of [...tried, ...elsewhere]) {
    if (!known.has(tag.id)) first.push(tag);
    else if (tried.includes(tag)) others.push(tag);
    known.add(tag.id);
  }
  return [...first, ...others].slice(0, MAX_FAILED_IMAGES);
}

/**
 * Whether the tag that named what failed names something else by now. Where it failed that is anything
 * else; elsewhere the tag may still name what was good, and then it has not moved there yet.
 */
export function hasMovedAgain(
  { heldDigest, failedImages: failed = [], images = [] }: Held,
  present: () => readonly CurrentReplica[],
): boolean {
  if (failed.length === 0) return false;
  return present().some((seen) => {
    const currentId = tagOf(seen, heldDigest);
    if (currentId === undefined) return false;
    const failedHere = failed.filter(({ host }) => host === seen.host);
    if (failedHere.length > 0) return failedHere.every(({ id }) => id !== currentId);
    // of so many there may be others that are not remembered
    if (failed.length === MAX_FAILED_IMAGES) return false;
    const isAsBefore =
      currentId === seen.replica.config.container?.image.id ||
      images.some((good) => good.id === currentId);
    return !isAsBefore && failed.every(({ id }) => id !== currentId);
  });
}

/** What the held manifest's tag names on the host of a replica that runs by it. */
function tagOf(
  { replica: { state, specDigest, config } }: CurrentReplica,
  heldDigest: string,
): string | undefined {
  // of what has ended it is told what the tag named then
  if (state !== 'running' || specDigest !== heldDigest) return undefined;
  return config.container?.image.currentId;
}

function serves({ state, suspended, health }: ReplicaObservation): boolean {
  const { status } = health;
  return state === 'running' && !suspended && (status === 'healthy' || status === 'none');
}
