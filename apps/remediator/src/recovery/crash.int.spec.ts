import type { ActionRequest } from '@vigil/contracts';
import { NatsConnection } from '@vigil/messaging';
import type { RunningService } from '@vigil/service';
import { eventually } from '@vigil/testkit';
import { driftCause } from '../testing/fixtures.js';
import type { MortalActionLog, Moment } from '../testing/mortal-action-log.js';
import { RemediatorWorld } from '../testing/remediator-world.js';
import { Scenario } from '../testing/scenario.js';

/** Names the remediator in its locks: the second one is the first one, started again. */
const PORT = 4_711;

interface Story {
  readonly name: string;
  /** The first entry to die at; a request that is not in the log comes again after 5 s. */
  readonly firstEntry: number;
  /** Number of the last entry of its log when nothing goes wrong. */
  readonly lastEntry: number;
  readonly end: 'succeeded' | 'rolled_back';
  readonly done: readonly string[];
  readonly prepare: (world: RemediatorWorld) => Promise<{ web: Scenario; wanted: ActionRequest }>;
}

const STORIES: readonly Story[] = [
  {
    name: 'starting what died',
    firstEntry: 0,
    lastEntry: 6,
    end: 'succeeded',
    done: ['start 0'],
    prepare: async (world) => {
      const web = new Scenario(world);
      await web.placeDead();
      return { web, wanted: web.wanted() };
    },
  },
  {
    name: 'restarting what hangs',
    firstEntry: 1,
    lastEntry: 6,
    end: 'succeeded',
    done: ['restart 0'],
    prepare: async (world) => {
      const web = new Scenario(world);
      await web.placeHung();
      return {
        web,
        wanted: web.wanted({ action: 'restart', causes: [driftCause('hung', 'health')] }),
      };
    },
  },
  {
    name: 'updating two replicas',
    firstEntry: 1,
    lastEntry: 10,
    end: 'succeeded',
    done: ['restart 0', 'restart 1'],
    prepare: async (world) => {
      const web = new Scenario(world);
      return { web, wanted: await web.oldReplicas(2) };
    },
  },
  {
    name: 'taking back an update that fails at the second replica',
    firstEntry: 1,
    lastEntry: 15,
    end: 'rolled_back',
    done: ['restart 0', 'restart 1', 'restart 1', 'restart 0'],
    prepare: async (world) => {
      const web = new Scenario(world, (_service, launch) => (launch === 2 ? 'exits' : 'healthy'));
      return { web, wanted: await web.oldReplicas(2) };
    },
  },
];

describe('a remediator that dies', () => {
  let world: RemediatorWorld;
  beforeAll(async () => {
    world = await RemediatorWorld.start();
  }, 30_000);
  afterAll(() => world.stop());

  it.each(STORIES)(
    'at any entry of the log: $name is finished by the next one, and nothing is done twice',
    async ({ prepare, firstEntry, lastEntry, end, done }) => {
      const moments: readonly Moment[] = ['before', 'after'];
      const deaths = Array.from({ length: lastEntry + 1 - firstEntry }, (_none, at) =>
        moments.map((moment) => ({ entry: firstEntry + at, moment })),
      ).flat();
      const { service, log } = await world.mortalRemediator(PORT);
      const actions = await Promise.all(
        deaths.map(async (death) => ({ death, ...(await prepare(world)) })),
      );
      log.deaths = new Map(actions.map(({ wanted, death }) => [wanted.actionId, death]));
      await Promise.all(actions.map(({ wanted }) => world.request(wanted)));
      await eventually(() => log.died.size === actions.length, { withinMs: 30_000 });
      await kill(service, log);

      await world.remediator({ port: PORT });
      for (const { web, wanted, death } of actions) {
        await world.reaches(wanted.actionId, end);
        expect({ death, done: web.done }).toEqual({ death, done });
      }
      await world.stopRemediators();
    },
    60_000,
  );
});

describe('a remediator that starts', () => {
  it('remembers the repairs of the last hours', async () => {
    const world = await RemediatorWorld.start();
    try {
      await world.remediator();
      const web = new Scenario(world, () => 'exits');
      await web.placeDead();
      await world.reaches(await web.ask(), 'failed');
      await world.stopRemediators();
      await world.remediator();
      const held = await world.reaches(await web.ask(), 'suppressed');
      expect(held.reason).toMatchObject({ gate: 'cooldown', code: 'backoff' });
    } finally {
      await world.stop();
    }
  });
});

describe('two remediators', () => {
  let world: RemediatorWorld;
  beforeAll(async () => {
    world = await RemediatorWorld.start();
    await world.remediator({ port: 1 });
    await world.remediator({ port: 2 });
  }, 30_000);
  afterAll(() => world.stop());

  it('share the work, and do nothing twice', async () => {
    const scenarios = Array.from({ length: 20 }, () => new Scenario(world));
    const ids = await Promise.all(
      scenarios.map(async (web) => {
        await web.placeDead();
        return web.ask();
      }),
    );
    for (const id of ids) await world.reaches(id, 'succeeded');
    for (const web of scenarios) expect(web.done).toEqual(['start 0']);
  });
});

/** Ends a process as far as others can see: it says nothing more. */
async function kill({ app }: RunningService, log: MortalActionLog): Promise<void> {
  await app.get(NatsConnection).close();
  log.bury();
}
