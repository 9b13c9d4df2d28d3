import type { Truth } from './truth.js';

/**
 * - `inactive`: the condition is known not to hold.
 * - `pending`: it holds, but not yet for as long as its `for` asks.
 * - `firing`: it has held. Missing data does not change that.
 * - `resolved`: it fired, and is known not to hold any more.
 * - `unknown`: nothing can be said; what came before is remembered, and nothing follows from it.
 */
export type AlertPhase = 'inactive' | 'pending' | 'firing' | 'resolved' | 'unknown';

/** The state of one alert instance: one policy and one group of labels. Plain data, to be stored. */
export interface AlertState {
  readonly phase: AlertPhase;
  /** Since when the condition has been true; set while pending or firing, and after resolving. */
  readonly activeSince?: number;
  readonly firedAt?: number;
  readonly resolvedAt?: number;
  /** While firing: since when the condition is known, without interruption, not to hold. */
  readonly falseSince?: number;
  /** While firing: true when data is missing now. */
  readonly uncertain?: boolean;
}

export interface AlertSettings {
  /** How long a firing alert stays so after its condition ended, in ms. Default 0. */
  readonly keepFiringForMs?: number;
}

/** What one evaluation says about the instance. */
export interface AlertInput {
  readonly truth: Truth;
  /** True while everything holds but the time that `for` asks for. */
  readonly pending: boolean;
  readonly since?: number | undefined;
  /** The truth of the policy's `clears` condition; absent when it has none. */
  readonly clears?: Truth;
}

/** A change of phase. Only from and to `firing` is news for people: `resolved` after `unknown` is not. */
export interface AlertTransition {
  readonly from: AlertPhase;
  readonly to: AlertPhase;
  /** Unix ms. */
  readonly at: number;
}

export interface AlertStep {
  readonly next: AlertState;
  /** Absent when the phase stayed. */
  readonly transition?: AlertTransition;
}

export const INITIAL_ALERT_STATE: AlertState = { phase: 'inactive' };

/**
 * Which phase may follow which, beside staying. A firing alert becomes nothing but resolved: neither
 * missing data nor a new wait for `for` ends it.
 */
const TRANSITIONS: Readonly<Record<AlertPhase, readonly AlertPhase[]>> = {
  inactive: ['pending', 'firing', 'unknown'],
  pending: ['firing', 'inactive', 'unknown'],
  firing: ['resolved'],
  resolved: ['pending', 'firing', 'unknown'],
  unknown: ['inactive', 'pending', 'firing', 'resolved'],
};

/** A step that {@link TRANSITIONS} does not have: a defect of the caller or of stored state. */
export class IllegalAlertTransition extends Error {
  readonly code = 'policy.illegal_alert_transition';

  constructor(from: AlertPhase, to: AlertPhase) {
    super(`an alert cannot go from ${from} to ${to}`);
  }
}

/** Makes a step of the table, or throws {@link IllegalAlertTransition}. */
export function transition(from: AlertPhase, to: AlertPhase, at: number): AlertTransition {
  if (!TRANSITIONS[from].includes(to)) throw new IllegalAlertTransition(from, to);
  return { from, to, at };
}

/**
 * The state after one evaluation at `now` (Unix ms).
 *
 * A firing alert resolves when its condition is known to be false, `clears` (if there is one) is true,
 * and both have been so for `keepFiringForMs` without a moment of doubt: unknown begins that wait
 * anew. A condition that is waiting for its `for` again does not hold, as far as resolving goes.
 */
export function stepAlert(
  previous: AlertState | undefined,
  input: AlertInput,
  settings: AlertSettings,
  now: number,
): AlertStep {
  const state = previous ?? INITIAL_ALERT_STATE;
  const next =
    state.phase === 'firing'
      ? whileFiring(state, input, settings, now)
      : otherwise(state, input, now);
  if (next.phase === state.phase) return { next };
  return { next, transition: transition(state.phase, next.phase, now) };
}

/**
 * The end of an instance whose policy, resource or source was removed: a firing alert is resolved,
 * anything else ends without a word.
 */
export function endAlert(previous: AlertState, now: number): AlertStep {
  if (previous.phase !== 'firing') return { next: INITIAL_ALERT_STATE };
  return { next: resolved(previous, now), transition: transition('firing', 'resolved', now) };
}

function otherwise(state: AlertState, input: AlertInput, now: number): AlertState {
  const activeSince = input.since ?? state.activeSince ?? now;
  if (input.truth === 'true') return { phase: 'firing', activeSince, firedAt: now };
  if (input.pending) return { phase: 'pending', activeSince };
  if (input.truth === 'unknown') return { ...state, phase: 'unknown' };
  // What resolved before data went missing is still resolved when it comes back.
  if (state.resolvedAt !== undefined) return { ...state, phase: 'resolved' };
  return INITIAL_ALERT_STATE;
}

function whileFiring(
  state: AlertState,
  { truth, clears }: AlertInput,
  { keepFiringForMs = 0 }: AlertSettings,
  now: number,
): AlertState {
  const { falseSince: since, uncertain: _uncertain, ...firing } = state;
  if (truth === 'unknown' || (truth === 'false' && clears === 'unknown')) {
    return { ...firing, uncertain: true };
  }
  if (truth === 'true' || clears === 'false') return firing;
  const falseSince = since ?? now;
  if (now - falseSince >= keepFiringForMs) return resolved(firing, now);
  return { ...firing, falseSince };
}

function resolved({ activeSince, firedAt }: AlertState, now: number): AlertState {
  return {
    phase: 'resolved',
    ...(activeSince === undefined ? {} : { activeSince }),
    ...(firedAt === undefined ? {} : { firedAt }),
    resolvedAt: now,
  };
}
