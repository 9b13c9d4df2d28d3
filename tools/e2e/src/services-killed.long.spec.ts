import { jest } from '@jest/globals';
import { ActionState, isFinalActionState } from '@vigil/contracts';
import { eventually } from '@vigil/testkit';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { StartsFile } from './world/starts-file.js';
import { ProcessCensus, processesWith } from './world/machine-processes.js';
import { web } from './world/manifests.js';
import { expectNothingDoubled } from './world/nothing-doubled.js';
import type { Action } from './world/views.js';
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
  const starts = new StartsFile();
  let world: World;
  let census: ProcessCensus;

  beforeAll(async () => {
    world = await World.start({ manifests: { 'web.yaml': manifest() } });
    await world.expectRunning('web', REPLICAS);
    census = new ProcessCensus(marker);
  });
  afterAll(async () => {
    census.stop();
    await world.stop();
  });

  function manifest(mode = 'live'): string {
    return web({ replicas: REPLICAS, marker, mode, starts: starts.path });
  }

  /** Waits until all is well again, with so many starts as were needed, and no more. */
  async function expectSettled(startsWanted: number): Promise<void> {
    await world.expectRunning('web', REPLICAS, 40_000);
    await expectNothingDoubled(world);
    expect(processesWith(marker)).toHaveLength(REPLICAS);
    expect(starts.count()).toBe(startsWanted);
  }

  it.each(CASES)('%s, %i ms after the fault', async (part, moment) => {
    const startsBefore = starts.count();
    const { pid: other } = await world.replica('web', 1);
    const pid = await world.kill('web', 0);
    await pause(moment);
    const killed = world.launcher.killPart(part);
    await killed.isBack();

    await world.expectReplaced('web', pid);
    await expectSettled(startsBefore + 1);
    expect(processesWith(marker)).toContain(other);
  });

  it.each(['evaluator', 'remediator', 'agent', 'collector'])(
    '%s, while a replica that hangs is restarted',
    async (part) => {
      const startsBefore = starts.count();
      const pid = await world.kill('web', 0, 'SIGSTOP');
      await world.action('web', (action) => action.action === 'restart' && !isEnded(action));
      const killed = world.launcher.killPart(part);
      await killed.isBack();

      await world.expectReplaced('web', pid);
      await expectSettled(startsBefore + 1);
    },
  );

  it.each(['gitopsd', 'evaluator', 'remediator', 'agent', 'collector'])(
    '%s, while a changed manifest is rolled out',
    async (part) => {
      const startsBefore = starts.count();
      world.write('web.yaml', manifest(`changed-${part}`));
      await eventually(() => starts.count() > startsBefore || part === 'gitopsd');
      const killed = world.launcher.killPart(part);
      await killed.isBack();

      for (const replica of [0, 1]) {
        await eventually(
          async () => (await world.ask('web', replica)).startsWith(`changed-${part} `),
          { withinMs: 60_000 },
        );
      }
      await expectSettled(startsBefore + REPLICAS);
    },
  );

  it('at no moment more of them ran than were wanted', () => {
    expect(census.stop()).toBe(REPLICAS);
  });
});

function isEnded({ status }: Action): boolean {
  return isFinalActionState(ActionState.parse(status));
}
