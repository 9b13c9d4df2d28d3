import { jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { ProcessCensus, processesWith } from './world/machine-processes.js';
import { web } from './world/manifests.js';
import { expectNothingDoubled } from './world/nothing-doubled.js';
import { World } from './world/world.js';

jest.setTimeout(300_000);

const REPLICAS = 2;

/** How long after the fault the part is killed, milliseconds: somewhere in the repair. */
const MOMENTS = [5, 20, 60, 150];

const PARTS = ['evaluator', 'remediator', 'agent', 'collector', 'nats-server', 'postgres'];

/** Each restart of the same part waits longer: all of them take their turn. */
const CASES = MOMENTS.flatMap((moment) => PARTS.map((part) => [part, moment] as const));

describe('a part of Vigil that is killed in the middle of a repair', () => {
  const marker = `amid-${randomUUID()}`;
  let world: World;
  let census: ProcessCensus;

  beforeAll(async () => {
    world = await World.start({ manifests: { 'web.yaml': web({ replicas: REPLICAS, marker }) } });
    await world.expectRunning('web', REPLICAS);
    census = new ProcessCensus(marker);
  });
  afterAll(async () => {
    census.stop();
    await world.stop();
  });

  it.each(CASES)('%s, %i ms after the fault', async (part, moment) => {
    const { pid: other } = await world.replica('web', 1);
    const pid = await world.kill('web', 0);
    await pause(moment);
    const killed = world.launcher.killPart(part);
    await killed.isBack();

    await world.expectReplaced('web', pid);
    await world.expectRunning('web', REPLICAS);
    await expectNothingDoubled(world);
    const running = processesWith(marker);
    expect(running).toHaveLength(REPLICAS);
    expect(running).toContain(other);
  });

  it('at no moment more of them ran than were wanted', () => {
    expect(census.stop()).toBe(REPLICAS);
  });
});
