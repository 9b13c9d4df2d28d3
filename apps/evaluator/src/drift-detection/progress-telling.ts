import type { ResourceMemory } from '@vigil/contracts';
import { isSameButForMessage, type ResourceStatus } from './resource-status.js';
import type { Situation } from './situation.js';

/**
 * Hosts tell of their progress every second, and each status is an event about all replicas: what differs
 * in words alone is told at this distance.
 */
const TELL_EVERY_MS = 5_000;

/** When the progress of hosts is told again; undefined when now, or when there is more to be told. */
export function nextTelling(
  { memory, progress, now }: Pick<Situation, 'memory' | 'progress' | 'now'>,
  status: ResourceStatus,
): number | undefined {
  const { progressToldAt: toldAt, status: known } = memory ?? {};
  if (progress.length === 0 || toldAt === undefined || known === undefined) return undefined;
  if (!isSameButForMessage(known, status)) return undefined;
  const nextAt = toldAt + TELL_EVERY_MS;
  return now >= toldAt && now < nextAt ? nextAt : undefined;
}

/** What is remembered of that. */
export function progressTold(
  { memory, progress, now }: Pick<Situation, 'memory' | 'progress' | 'now'>,
  isStatusNews: boolean,
): Pick<ResourceMemory, 'progressToldAt'> {
  const toldAt = isStatusNews ? now : memory?.progressToldAt;
  return progress.length === 0 || toldAt === undefined ? {} : { progressToldAt: toldAt };
}
