import { jest } from '@jest/globals';
import { ChaosWorld } from './chaos-world.js';
import { planFaults } from './schedule.js';

jest.setTimeout(1_200_000);

/** Longer than a lock lives, so that whoever stands still finds that it has lost it. */
const LONGEST_HOLD_MS = 14_000;

describe.each([11, 12, 13])('with seed %i, minutes of faults of every part', (seed) => {
  let chaos: ChaosWorld;
  beforeAll(async () => {
    chaos = await ChaosWorld.start();
  });
  afterAll(() => chaos.stop());

  it('break no promise', async () => {
    const faults = chaos.faults();
    const schedule = planFaults(faults, {
      seed,
      count: 3 * faults.length,
      maxPauseMs: 4_000,
      maxHoldMs: LONGEST_HOLD_MS,
    });
    await expect(chaos.survives(schedule)).resolves.toBeUndefined();
  });
});
