import {
  MAX_EXACT_IMAGES,
  MAX_FAILED_IMAGES,
  type ActionRequest,
  type ExactImage,
  type ReplicaObservation,
  type ResourceMemory,
} from '@vigil/contracts';
import { isSameImage } from '@vigil/drift';
import type { ActionRecord, MovedTag } from '../action-history/action-record.js';

export type HoldMemory = NonNullable<ResourceMemory['hold']>;

/** The hold that is in force, of what is remembered. */
export function activeHold(memory: Pick<ResourceMemory, 'hold'> | undefined) {
  return memory?.hold?.released === false ? memory.hold : undefined;
}

/** What the log says about roll-backs of a resource. */
export interface RollbackHistory {
  readonly lastRollback: ActionRecord | undefined;
  /** The last time a person asked to bring the resource to its spec. */
  readonly lastRetry: ActionRecord | undefined;
}

/** A replica whose host is heard and shows what was done there last. */
export interface CurrentReplica {
  readonly host: string;
  readonly replica: ReplicaObservation;
}

/**
 * The hold after what happened since: begun by a roll-back of the declared spec, or of what its tag
 * named; released when the spec changed, the tag names something else again, or a person retried. A
 * released hold stays in memory, so that reading the same roll-back again does not bring it back.
 * @param present asked only where something depends on it: there may be many
 */
export function nextHold(
  hold: HoldMemory | undefined,
  declaredDigest: string | undefined,
  { lastRollback, lastRetry }: RollbackHistory,
  present: () => readonly CurrentReplica[],
): HoldMemory | undefined {
  const current = begun(hold, declaredDigest, lastRollback, present) ?? hold;
  if (current === undefined || current.released) return current;
  const specChanged = declaredDigest !== undefined && declaredDigest !== current.failedDigest;
  const retried = isAfter(lastRetry, beganAt(current, lastRollback));
  const isOver = specChanged || retried || hasMovedAgain(current, present);
  return isOver ? { ...current, released: true } : current;
}

/** Asked for since, or done since: who asks and who does it may have clocks of their own. */
function isAfter(retry: ActionRecord | undefined, at: number): boolean {
  if (retry === undefined) return false;
  const { request, state, ended } = retry;
  return (
    request.requestedAt > at || (state === 'succeeded' && ended !== undefined && ended.at > at)
  );
}

/** Unix ms; of a hold that does not say so, by the log as far as that still shows its roll-back. */
function beganAt({ rolledBackAt, actionId }: HoldMemory, last: ActionRecord | undefined): number {
  return rolledBackAt ?? (last?.request.actionId === actionId ? last.ended?.at : undefined) ?? 0;
}

/** A scale that fails says nothing of the spec, nor does what could not be taken over. */
const LAUNCHES: ReadonlySet<ActionRequest['action']> = new Set(['start', 'restart', 'update']);

/** A roll-back of a repair *to* what is held begins no hold: that would end the one it served. */
function begun(
  hold: HoldMemory | undefined,
  declaredDigest: string | undefined,
  rollback: ActionRecord | undefined,
  present: () => readonly CurrentReplica[],
): HoldMemory | undefined {
  if (rollback === undefined || rollback.request.actionId === hold?.actionId) return undefined;
  const { request, movedTo, ended } = rollback;
  const { actionId, desiredDigest, correlationId } = request;
  if (desiredDigest === undefined || desiredDigest !== declaredDigest) return undefined;
  if (request.images !== undefined || !LAUNCHES.has(request.action)) return undefined;
  const previous = previousDigest(request);
  // with another manifest it is that which failed
  const tried = previous === undefined ? movedTo : [];
  const heldDigest = previous ?? (tried.length > 0 ? desiredDigest : undefined);
  if (heldDigest === undefined) return undefined;
  const replicas = present();
  const images = goodImages(request, tried, heldDigest, replicas);
  const failed =
    tried.length === 0 ? {} : { failedImages: failedImages(tried, images, heldDigest, replicas) };
  return {
    failedDigest: desiredDigest,
    heldDigest,
    ...(images.length === 0 ? {} : { images }),
    ...failed,
    actionId,
    correlationId,
    ...(ended === undefined ? {} : { rolledBackAt: ended.at }),
    released: false,
  };
}

/** What most of the replicas ran with before. */
function previousDigest({ targets, desiredDigest }: ActionRequest): string | undefined {
  const counts = new Map<string, number>();
  for (const { observedDigest } of targets) {
    if (observedDigest === undefined || observedDigest === desiredDigest) continue;
    counts.set(observedDigest, (counts.get(observedDigest) ?? 0) + 1);
  }
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))[0]?.[0];
}

/** What ran by the held spec before the action, and what serves by it elsewhere. */
function goodImages(
  { targets }: ActionRequest,
  tried: ActionRecord['movedTo'],
  heldDigest: string,
  replicas: readonly CurrentReplica[],
): ExactImage[] {
  const before = targets.flatMap(({ observedDigest, observedImage }) =>
    observedDigest === heldDigest && observedImage !== undefined ? [observedImage] : [],
  );
  const elsewhere = replicas.flatMap(({ replica }) => {
    const image = replica.config.container?.image;
    if (replica.specDigest !== heldDigest || image === undefined || !serves(replica)) return [];
    return [{ id: image.id, repoDigests: image.repoDigests }];
  });
  const good: ExactImage[] = [];
  for (const image of [...before, ...elsewhere]) {
    if (tried.some(({ id }) => id === image.id)) continue;
    if (!good.some((known) => isSameImage(known, image))) good.push(image);
  }
  return good.slice(0, MAX_EXACT_IMAGES);
}

/**
 * What is not to be tried again: what was, and what the tag had been moved to by then on other hosts,
 * which may know the same image by another id or have built their own. One of each id comes first.
 */
function failedImages(
  tried: ActionRecord['movedTo'],
  good: readonly ExactImage[],
  heldDigest: string,
  replicas: readonly CurrentReplica[],
): NonNullable<HoldMemory['failedImages']> {
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
function hasMovedAgain(
  { heldDigest, failedImages: failed = [], images = [] }: HoldMemory,
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
