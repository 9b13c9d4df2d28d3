import { jest } from '@jest/globals';
import { ChaosWorld } from './chaos-world.js';
import { planFaults } from './schedule.js';

// a fault may wait for minutes for something to hit, and what it has done has to become quiet
jest.setTimeout(600_000);

/** Another one is tried with `VIGILTEST_SEED=…`. */
const SEED = Number(process.env['VIGILTEST_SEED'] ?? 1);

describe('faults of every part', () => {
  let chaos: ChaosWorld;
  beforeAll(async () => {
    chaos = await ChaosWorld.start();
  });
  afterAll(() => chaos.stop());

  it(`break no promise (seed ${SEED})`, async () => {
    const faults = chaos.faults();
    const schedule = planFaults(faults, {
      seed: SEED,
      count: faults.length,
      maxPauseMs: 2_500,
      maxHoldMs: 3_000,
    });
    await expect(chaos.survives(schedule)).resolves.toBeUndefined();
  });
});
