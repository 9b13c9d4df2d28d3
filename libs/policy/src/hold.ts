import type { Timeline } from './timeline.js';
import { FALSE, TRUE, UNKNOWN, type Trit } from './truth.js';

/** Share of its window for which `for` needs data. */
export const MIN_COVERAGE = 0.8;

/** What `body for duration` says at the end of a timeline. */
export interface HoldVerdict {
  readonly truth: Trit;
  /** Since when the body has been true without a known interruption; undefined unless it is true now. */
  readonly since: number | undefined;
  /** How long of that counts, in ms: time for which the body was unknown does not. */
  readonly heldMs: number;
  /** Covered share of the last `duration`, 0 to 1. */
  readonly coverage: number;
  /** False when a timeline that reaches further back could say more. */
  readonly isFinal: boolean;
}

/**
 * Judges `body for duration` from the body's timeline:
 * - false while the body is false now, unknown while it is unknown now (`for` stands still);
 * - true when the body has been true for `duration`, unknown time not counted (unknown freezes `for`),
 *   and at least 80 % of the last `duration` is covered by data;
 * - otherwise it is pending: false when the body is known to have been false within the last
 *   `duration`, else unknown (there is no data to tell whether it held).
 * A gap in the data longer than `duration` resets: what was true before it does not count. The gap is
 * measured between samples, so `intervalMs` (of the slowest series) is added to uncovered time.
 */
export function judgeHold(timeline: Timeline, durationMs: number, intervalMs: number): HoldVerdict {
  const { end } = timeline;
  const coverage = coverageOf(timeline, end - durationMs);
  const now = timeline.held.at(-1) ?? UNKNOWN;
  if (now !== TRUE) {
    return { truth: now, since: undefined, heldMs: 0, coverage, isFinal: true };
  }

  const run = runOf(timeline, durationMs, intervalMs);
  const isFinal = run.heldMs >= durationMs || run.end !== 'unseen';
  const verdict = { since: run.since, heldMs: run.heldMs, coverage, isFinal };
  if (run.heldMs >= durationMs) {
    return { truth: coverage >= MIN_COVERAGE ? TRUE : UNKNOWN, ...verdict };
  }
  const wasFalse = run.end === 'false' && run.before > end - durationMs;
  return { truth: wasFalse ? FALSE : UNKNOWN, ...verdict };
}

interface Run {
  readonly since: number;
  readonly heldMs: number;
  /** What ended it, going back: a known false, a gap that is too long, or the timeline's beginning. */
  readonly end: 'false' | 'gap' | 'unseen';
  /** The moment before which that was so. */
  readonly before: number;
}

/** Walks back from the end over what is true or unknown, until it is false or a gap is too long. */
function runOf(timeline: Timeline, durationMs: number, intervalMs: number): Run {
  const { starts, held, strict, end } = timeline;
  let run = { since: end, heldMs: 0 };
  let beforeGap = run;
  let gapMs = 0;
  let stepEnd = end;
  for (let step = starts.length - 1; step >= 0; step -= 1) {
    const start = starts[step] ?? end;
    const truth = held[step] ?? UNKNOWN;
    if (truth === FALSE) return { ...run, end: 'false', before: stepEnd };
    if (strict[step] === UNKNOWN) {
      if (gapMs === 0) beforeGap = run;
      gapMs += stepEnd - start;
      if (gapMs + intervalMs > durationMs && gapMs > 0) {
        return { ...beforeGap, end: 'gap', before: stepEnd };
      }
    } else {
      gapMs = 0;
    }
    if (truth === TRUE) run = { since: start, heldMs: run.heldMs + (stepEnd - start) };
    stepEnd = start;
  }
  return { ...run, end: 'unseen', before: stepEnd };
}

function coverageOf({ starts, strict, end }: Timeline, from: number): number {
  let covered = 0;
  let stepEnd = end;
  for (let step = starts.length - 1; step >= 0 && stepEnd > from; step -= 1) {
    const start = starts[step] ?? end;
    if (strict[step] !== UNKNOWN) covered += stepEnd - Math.max(start, from);
    stepEnd = start;
  }
  return end > from ? covered / (end - from) : 1;
}
