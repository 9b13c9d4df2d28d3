import { ActionEntity, Database } from '@vigil/storage';
import { eventually, startPostgres, type TestPostgres } from '@vigil/testkit';
import type { ActionRequest } from '@vigil/contracts';
import type { RunningService } from '@vigil/service';
import { policyCause } from '../testing/fixtures.js';
import { RemediatorWorld } from '../testing/remediator-world.js';
import { Scenario } from '../testing/scenario.js';

describe('what was done before NATS lost its data', () => {
  let postgres: TestPostgres;
  let world: RemediatorWorld;
  beforeEach(async () => {
    postgres = await startPostgres();
    world = await RemediatorWorld.start({ url: postgres.url });
  }, 60_000);
  afterEach(async () => {
    await world.stop();
    await postgres.stop();
  });

  const restartBy = (web: Scenario, key = `leak-${web.name}`): Partial<ActionRequest> => ({
    action: 'restart',
    causes: [policyCause(key)],
    service: web.manifest({}, { cooldownPeriodMs: 300_000 }),
  });

  const projected = async (remediator: RunningService, id: string) => {
    const database = remediator.app.get(Database);
    await eventually(async () => {
      const row = await database.run((manager) => manager.findOneBy(ActionEntity, { id }));
      return row?.status === 'succeeded';
    });
  };

  it('keeps its cooldown, also when an action of the same id is asked for again', async () => {
    const web = new Scenario(world);
    const remediator = await world.remediator();
    await web.place();
    const wanted = web.wanted(restartBy(web));
    const first = await world.reaches(await world.request(wanted), 'succeeded');
    await projected(remediator, wanted.actionId);
    await world.stopRemediators();

    await world.loseNats();
    await world.restoreControls();
    await world.remediator();
    await web.place();
    const now = Date.now();
    const again = { ...web.wanted(restartBy(web)), requestedAt: now, observedAt: now };
    const held = await world.reaches(await world.request(again), 'suppressed', 'succeeded');
    expect(held.reason).toMatchObject({ gate: 'cooldown', code: 'cooldown' });
    const effectAt = first.operations[0]?.finished?.at ?? 0;
    expect(held.reason?.nextAttemptAt).toBeLessThanOrEqual(effectAt + 300_000);
    await world.request({ ...wanted, requestedAt: now, observedAt: now });
    // its log is read behind that of before
    await eventually(() => world.path(wanted.actionId).at(-1) === 'suppressed');
    expect(web.done).toEqual(['restart 0']);
  }, 60_000);

  it('is not known without PostgreSQL: policies wait, repairs do not', async () => {
    const web = new Scenario(world);
    const dead = new Scenario(world);
    await world.remediator();
    await web.place();
    await dead.placeDead();
    await postgres.stop();
    const held = await world.reaches(await web.ask(restartBy(web)), 'suppressed', 'succeeded');
    expect(held.reason).toMatchObject({ gate: 'cooldown', code: 'history-unknown' });
    await world.reaches(await dead.ask(), 'succeeded');
    await postgres.restart();
    await eventually(
      async () => {
        const id = await web.ask(restartBy(web, `leak-${web.name}-${Date.now()}`));
        await eventually(() => ['suppressed', 'succeeded'].includes(world.view(id)?.state ?? ''));
        return world.view(id)?.state === 'succeeded';
      },
      { withinMs: 30_000, everyMs: 500 },
    );
  }, 60_000);
});
