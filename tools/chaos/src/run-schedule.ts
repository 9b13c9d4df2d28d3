import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from './faults/fault.js';
import type { Planned } from './schedule.js';

/** What happened when, for whoever reads a failure. Milliseconds from the beginning. */
export interface Happened {
  readonly atMs: number;
  readonly what: string;
}

/**
 * Makes every fault of a schedule happen at its time; those of one target one after another. Resolves
 * when the last one is over.
 * @throws what the first fault threw that could not be made or undone
 */
export async function runSchedule(
  schedule: readonly Planned<Fault>[],
  note: (what: string) => void,
): Promise<void> {
  const startedAt = performance.now();
  const targets = new Map<string, Promise<void>>();
  const all = schedule.map(async ({ fault, atMs, holdMs }) => {
    await pause(Math.max(0, atMs - (performance.now() - startedAt)));
    const before = targets.get(fault.target) ?? Promise.resolve();
    const inflicted = before.then(async () => {
      note(`${fault.name} (${holdMs} ms)`);
      await fault.inflict(holdMs);
      note(`${fault.name} is over`);
    });
    targets.set(fault.target, inflicted);
    await inflicted;
  });
  // all to their end, so that whatever was broken is whole again before anybody looks at a failure
  for (const outcome of await Promise.allSettled(all)) {
    if (outcome.status === 'rejected') throw outcome.reason;
  }
}
