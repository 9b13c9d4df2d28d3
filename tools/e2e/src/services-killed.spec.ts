import { jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { StartsFile } from './world/starts-file.js';
import { ProcessCensus, processesWith } from './world/machine-processes.js';
import { web } from './world/manifests.js';
import { expectNothingDoubled } from './world/nothing-doubled.js';
import { World } from './world/world.js';

jest.setTimeout(120_000);

const REPLICAS = 3;

describe('a service of Vigil that is killed while faults happen', () => {
  const marker = `killed-${randomUUID()}`;
  const starts = new StartsFile();
  let world: World;
  let untouched: number;
  let census: ProcessCensus;

  beforeAll(async () => {
    world = await World.start({
      manifests: {
        'web.yaml': web({ replicas: REPLICAS, marker: `web-${marker}`, starts: starts.path }),
        'idle.yaml': web({ name: 'idle', marker: `idle-${marker}` }),
      },
    });
    await world.expectRunning('web', REPLICAS);
    await world.expectRunning('idle', 1);
    untouched = (await world.replica('idle')).pid;
    census = new ProcessCensus(marker);
  });
  afterAll(async () => {
    census.stop();
    await world.stop();
  });

  it.each(['collector', 'gitopsd', 'evaluator', 'remediator', 'agent'])(
    '%s: what died before, meanwhile and right after comes back, once',
    async (service) => {
      const startsBefore = starts.count();
      const pids = [];
      for (const replica of [0, 1, 2]) pids.push((await world.replica('web', replica)).pid);
      const [before = 0, meanwhile = 0, after = 0] = pids;

      process.kill(before, 'SIGKILL');
      const killed = world.launcher.killPart(service);
      process.kill(meanwhile, 'SIGKILL');
      await killed.isBack();
      process.kill(after, 'SIGKILL');

      for (const [replica, pid] of pids.entries()) await world.expectReplaced('web', pid, replica);
      await world.expectRunning('web', REPLICAS);
      await expectNothingDoubled(world);
      expect(starts.count()).toBe(startsBefore + pids.length);
      expect(processesWith(`web-${marker}`)).toHaveLength(REPLICAS);
      expect(processesWith(`idle-${marker}`)).toEqual([untouched]);
    },
  );

  it('at no moment more of them ran than were wanted', () => {
    expect(census.stop()).toBe(REPLICAS + 1);
  });
});
