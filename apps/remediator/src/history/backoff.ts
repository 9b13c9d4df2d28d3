import type { ActionName } from '@vigil/manifests';
import type { ActionTrace } from './action-trace.js';

/** Delay of the first repair after a fault came back, milliseconds; it doubles from one to the next. */
export const FIRST_DELAY_MS = 10_000;

/** Repairs of one family answer each other: a crash loop alternates between start and restart. */
const FAMILY = {
  start: 'liveness',
  restart: 'liveness',
  stop: 'excess',
  update: 'config',
  scale: 'scale',
  adopt: 'adopt',
  notify: 'notify',
} as const satisfies Record<ActionName, string>;

export function isSameFamily(one: ActionName, other: ActionName): boolean {
  return FAMILY[one] === FAMILY[other];
}

export interface RepairInQuestion {
  readonly action: ActionName;
  readonly causeKeys: ReadonlySet<string>;
  readonly desiredDigest?: string | undefined;
  readonly observedAt: number;
  /** The replica, by `placeKey`. */
  readonly place: string;
}

export interface BackoffRules {
  /** A fault that returns within this time of a repair's effect makes the next repair wait. */
  readonly stableAfterMs: number;
  /** No wait is longer than this. */
  readonly capMs: number;
}

/**
 * When a repair may be made, Unix ms: 10 s, 20 s, 40 s … after the fault, one step for each repair
 * in a row that did not last; at any time when the fault is no such return. A change of the manifest
 * begins a new row.
 * @param history other actions of the same resource, in any order
 */
export function repairDueAt(
  repair: RepairInQuestion,
  history: readonly ActionTrace[],
  rules: BackoffRules,
): number {
  const earlier = earlierRepairs(repair, history);
  let faultAt = firstSeenAt(repair, history);
  const [last] = earlier;
  if (last === undefined) return Number.NEGATIVE_INFINITY;

  const holdsSince = Math.max(faultAt, last.effectAt);
  let returned = 0;
  for (const { trace, effectAt } of earlier) {
    if (faultAt - effectAt > rules.stableAfterMs) break;
    returned += 1;
    faultAt = firstSeenAt({ ...trace, place: repair.place }, history);
  }
  return returned === 0 ? Number.NEGATIVE_INFINITY : holdsSince + delayMs(returned, rules.capMs);
}

function delayMs(returned: number, capMs: number): number {
  return Math.min(capMs, FIRST_DELAY_MS * 2 ** Math.min(returned - 1, 30));
}

/** Repairs that changed the same replica for the same manifest, the latest first. */
function earlierRepairs(repair: RepairInQuestion, history: readonly ActionTrace[]) {
  return history
    .filter(
      (trace) =>
        trace.kind === 'repair' &&
        isSameFamily(trace.action, repair.action) &&
        trace.desiredDigest === repair.desiredDigest,
    )
    .flatMap((trace) => {
      const effectAt = trace.effects.get(repair.place);
      return effectAt === undefined ? [] : [{ trace, effectAt }];
    })
    .sort((left, right) => right.effectAt - left.effectAt);
}

/** When the fault behind a request was first seen: it may have been asked for, and held, before. */
function firstSeenAt(
  fault: Pick<RepairInQuestion, 'causeKeys' | 'observedAt' | 'place'>,
  history: readonly ActionTrace[],
): number {
  return history
    .filter((trace) => trace.places.has(fault.place) && sharesKey(trace.causeKeys, fault.causeKeys))
    .reduce((earliest, trace) => Math.min(earliest, trace.observedAt), fault.observedAt);
}

function sharesKey(left: ReadonlySet<string>, right: ReadonlySet<string>): boolean {
  return [...left].some((key) => right.has(key));
}
