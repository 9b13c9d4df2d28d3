import type { ActionState } from '@vigil/contracts';
import type { Mode } from '@vigil/manifests';
import type { ActionRecord } from '../action-history/action-record.js';
import type { Attempts } from '../action-history/action-history.js';
import type { Wish } from './wish.js';

/** Whether a cause may be acted on now, after what was tried for it already. */
export type Availability =
  | { readonly free: true }
  | {
      readonly free: false;
      readonly code: string;
      readonly message: string;
      readonly nextAttemptAt?: number;
    };

/** What has to be known to judge a further attempt. */
export interface Circumstances {
  readonly now: number;
  readonly desiredDigest: string | undefined;
  /** When a switch that concerns the resource was last set or ended. */
  readonly controlsChangedAt: number;
  /** When each host was last heard of, by our own clock. */
  readonly seenAt: (host: string) => number;
  /** When each host's agent was last heard to open its channel, by our own clock. */
  readonly connectedAt: (host: string) => number;
  /** True when the host's newest snapshot was taken after the last effect of an action there. */
  readonly showsLastEffect: (host: string) => boolean;
  /** No pause between attempts is longer, milliseconds. */
  readonly cooldownMs: number;
  /** The system's mode and since when this process runs with it. */
  readonly system: { readonly mode: Mode; readonly since: number };
}

const FREE: Availability = { free: true };

/** First pause between attempts whose end named no time; doubles from there (DESIGN 6, gate 6). */
const FIRST_PAUSE_MS = 10_000;

/** May the wish be granted, given what was tried for its cause? */
export function availabilityOf(
  wish: Wish,
  attempts: Attempts,
  circumstances: Circumstances,
): Availability {
  if (!wish.targets.every(({ host }) => circumstances.showsLastEffect(host))) {
    return AWAITING;
  }
  const { last } = attempts;
  if (last?.ended === undefined) return FREE;
  const { reason, at: endedAt } = last.ended;
  if (reason?.code === UNREACHABLE) {
    if (isConnectedSince(endedAt, wish, circumstances)) return FREE;
    if (reason.nextAttemptAt !== undefined) {
      return pausedUntil(reason.nextAttemptAt, circumstances.now, reason.message, UNREACHABLE);
    }
  }
  if (reason?.nextAttemptAt !== undefined && !isMended(wish, last, circumstances)) {
    return pausedUntil(reason.nextAttemptAt, circumstances.now, reason.message);
  }
  switch (endOf(last.state)) {
    case 'tried':
      return afterTry(wish, attempts, last, circumstances);
    case 'suppressed':
      return afterSuppression(wish, last, circumstances);
    case 'given-up':
      return untilChange(wish, last, circumstances);
  }
}

/** Repairs that did not last were by another manifest: what they have to wait for does not hold now. */
function isMended(wish: Wish, last: ActionRecord, { desiredDigest }: Circumstances): boolean {
  return wish.cause.kind === 'drift' && last.request.desiredDigest !== desiredDigest;
}

type End = 'tried' | 'suppressed' | 'given-up';

function endOf(state: ActionState): End {
  switch (state) {
    case 'succeeded':
    case 'failed':
      return 'tried';
    case 'suppressed':
      return 'suppressed';
    default:
      return 'given-up';
  }
}

/**
 * The pause before another try at the same fault: none before the second, then 10 s, 20 s, 40 s …
 * A policy's pace is the cooldown, which the remediator keeps.
 */
function afterTry(
  wish: Wish,
  attempts: Attempts,
  last: ActionRecord,
  circumstances: Circumstances,
): Availability {
  const endedAt = last.ended?.at ?? 0;
  // where it is not known what the last try did, only what is seen after its end counts
  if (last.state === 'succeeded' && last.effects.size === 0) {
    if (!isHeardSince(endedAt, wish, circumstances)) return AWAITING;
  }
  if (wish.cause.kind === 'policy' || attempts.ended <= 1) return FREE;
  if (isMended(wish, last, circumstances)) return FREE;
  const { now, cooldownMs } = circumstances;
  const pause = Math.min(cooldownMs, FIRST_PAUSE_MS * 2 ** Math.min(attempts.ended - 2, 30));
  const failure = last.state === 'failed' ? last.ended?.reason?.message : undefined;
  const how = failure === undefined ? 'without lasting effect' : `without effect: ${failure}`;
  return pausedUntil(endedAt + pause, now, `tried ${attempts.ended} times ${how}`);
}

function afterSuppression(
  wish: Wish,
  last: ActionRecord,
  circumstances: Circumstances,
): Availability {
  const endedAt = last.ended?.at ?? 0;
  if (last.ended?.reason?.code === 'healed-by-itself') {
    // the host said that all is well: only what it says after that counts
    return isHeardSince(endedAt, wish, circumstances) ? FREE : AWAITING;
  }
  return untilChange(wish, last, circumstances);
}

/** Nothing more happens for the cause until its spec, its mode or a switch has changed. */
function untilChange(wish: Wish, last: ActionRecord, circumstances: Circumstances): Availability {
  const endedAt = last.ended?.at ?? 0;
  const changed =
    last.request.desiredDigest !== circumstances.desiredDigest ||
    last.request.mode !== wish.mode ||
    circumstances.controlsChangedAt > endedAt ||
    systemModeOpened(last, endedAt, circumstances);
  if (changed) return FREE;
  const why = last.ended?.reason?.message ?? `the last action was ${last.state}`;
  return waiting(last.state, `${why}; tried again when its spec, mode or a switch changes`);
}

/** The system's mode stopped it in an earlier run, and this run's mode would not. */
function systemModeOpened(last: ActionRecord, endedAt: number, { system }: Circumstances): boolean {
  const byMode = last.state === 'suppressed' && last.ended?.reason?.gate === 'mode';
  const open = system.mode === 'auto' || system.mode === 'approve';
  return byMode && open && endedAt < system.since;
}

/** What is known of the host is older than what was done there: its next word decides. */
export const AWAITING_OBSERVATION = 'awaiting-observation';

const AWAITING: Availability = {
  free: false,
  code: AWAITING_OBSERVATION,
  message: 'waiting for the host to report again',
};

/** The remediator's code: the agent did not answer, so nothing was done. */
export const UNREACHABLE = 'unreachable';

/** The agent may open its channel while the attempt that misses it is being given up, milliseconds. */
const CONNECTED_MEANWHILE_MS = 1_000;

function isConnectedSince(time: number, wish: Wish, { connectedAt }: Circumstances): boolean {
  return wish.targets.some(({ host }) => connectedAt(host) > time - CONNECTED_MEANWHILE_MS);
}

function isHeardSince(time: number, wish: Wish, { seenAt }: Circumstances): boolean {
  return wish.targets.every(({ host }) => seenAt(host) > time);
}

function pausedUntil(at: number, now: number, why: string, code = 'backoff'): Availability {
  if (now >= at) return FREE;
  return { free: false, code, message: why, nextAttemptAt: at };
}

function waiting(code: string, message: string): Availability {
  return { free: false, code, message };
}
