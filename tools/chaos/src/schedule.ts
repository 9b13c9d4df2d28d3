import { randomFrom, shuffled, type Random } from './random.js';

export interface ScheduleOptions {
  readonly seed: number;
  /** How many faults. Each kind comes once before any comes again. */
  readonly count: number;
  /** Time from the beginning of one fault to that of the next, at random up to this. */
  readonly maxPauseMs: number;
  /** For faults that last: how long, at random from a tenth of this. */
  readonly maxHoldMs: number;
}

/** One fault to come. The next may begin while it still lasts. */
export interface Planned<Fault> {
  readonly fault: Fault;
  /** From the beginning of the schedule. */
  readonly atMs: number;
  readonly holdMs: number;
}

/** What will be done when: the same for the same seed and the same kinds of faults. */
export function planFaults<Fault>(
  faults: readonly Fault[],
  options: ScheduleOptions,
): Planned<Fault>[] {
  const random = randomFrom(options.seed);
  const order = inRounds(faults, options.count, random);
  let atMs = 0;
  return order.map((fault) => {
    atMs += Math.round(random() * options.maxPauseMs);
    return { fault, atMs, holdMs: Math.round((0.1 + 0.9 * random()) * options.maxHoldMs) };
  });
}

function inRounds<Fault>(faults: readonly Fault[], count: number, random: Random): Fault[] {
  const order: Fault[] = [];
  while (faults.length > 0 && order.length < count) order.push(...shuffled(faults, random));
  return order.slice(0, count);
}
