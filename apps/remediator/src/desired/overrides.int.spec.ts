import { DesiredStateBucket, desiredStateKey } from '@vigil/contracts';
import { NatsConnection } from '@vigil/messaging';
import type { RunningService } from '@vigil/service';
import { Database, OverrideEntity } from '@vigil/storage';
import { eventually, startPostgres, type TestPostgres } from '@vigil/testkit';
import { DIGEST, operator } from '../testing/fixtures.js';
import { RemediatorWorld } from '../testing/remediator-world.js';
import { Scenario } from '../testing/scenario.js';
import { Overrides } from './overrides.js';

const person = { operator: operator({ actor: 'ada', reason: 'maintenance' }) };

describe('overrides, when NATS lost its data', () => {
  let postgres: TestPostgres;
  let world: RemediatorWorld;
  let remediator: RunningService;
  beforeAll(async () => {
    postgres = await startPostgres();
    world = await RemediatorWorld.start({ url: postgres.url });
    remediator = await world.remediator();
  }, 60_000);
  afterAll(async () => {
    await world.stop();
    await postgres.stop();
  });

  const rowOf = (resource: string) =>
    remediator.app.get(Database).run((manager) => manager.findOneBy(OverrideEntity, { resource }));

  it('come back with the next remediator; those that have ended do not', async () => {
    const web = new Scenario(world);
    await web.place();
    await world.reaches(await web.ask({ action: 'stop', ...person }), 'succeeded');
    const ended = new Scenario(world);
    await ended.place();
    await world.reaches(await ended.ask({ action: 'stop', ...person }), 'succeeded');
    await world.reaches(await ended.ask({ action: 'start', ...person }), 'succeeded');
    const scaled = new Scenario(world);
    const manifest = scaled.manifest({ replicas: 1, scale: { min: 1, max: 3 } });
    await world.keepManifest(DIGEST, manifest);
    await scaled.place();
    const scale = { action: 'scale', service: manifest, replicas: 2, ...person } as const;
    await world.reaches(await scaled.ask({ ...scale, targets: [scaled.target(1)] }), 'succeeded');
    const before = {
      web: await world.override(web.resource),
      scaled: await world.override(scaled.resource),
    };
    expect(before).toMatchObject({ web: { stopped: true }, scaled: { replicas: 2 } });
    await eventually(async () => (await rowOf(scaled.resource)) !== null);
    await eventually(async () => (await rowOf(ended.resource))?.stopped === false);

    await world.stopRemediators();
    await world.loseNats();
    expect(await world.override(web.resource)).toBeUndefined();
    await world.restoreControls();
    remediator = await world.remediator();
    expect(await world.override(web.resource)).toEqual(before.web);
    expect(await world.override(scaled.resource)).toEqual(before.scaled);
    expect(await world.override(ended.resource)).toBeUndefined();
  }, 60_000);

  it('are unknown until PostgreSQL is back, and nothing is done until then', async () => {
    await world.stopRemediators();
    await world.loseNats();
    await world.restoreControls();
    await postgres.stop();
    remediator = await world.remediator({ untilAllowed: false });
    const web = new Scenario(world);
    await web.placeDead();
    const id = await web.ask();
    expect((await world.reaches(id, 'suppressed')).reason).toMatchObject({
      gate: 'stopped',
      code: 'overrides-unknown',
    });
    expect(web.done).toEqual([]);
    const health = await fetch(`${remediator.url}/health`).then((answer) => answer.json());
    expect(health).toMatchObject({
      components: { overrides: { status: 'degraded', detail: expect.stringContaining('unknown') } },
    });

    await postgres.restart();
    await eventually(() => remediator.app.get(Overrides).isKnown);
    await world.reaches(await web.ask(), 'succeeded');
  }, 60_000);

  it('that are made while PostgreSQL is away are recorded when it is back', async () => {
    await postgres.stop();
    const web = new Scenario(world);
    await web.place();
    await world.reaches(await web.ask({ action: 'stop', ...person }), 'succeeded');
    expect(await world.override(web.resource)).toMatchObject({ stopped: true });
    await world.stopRemediators();
    await postgres.restart();
    remediator = await world.remediator();
    await eventually(async () => (await rowOf(web.resource))?.stopped === true);
  }, 60_000);

  it('are kept apart from what another process remembers of them', async () => {
    const web = new Scenario(world);
    await web.place();
    await world.reaches(await web.ask({ action: 'stop', ...person }), 'succeeded');
    const stopped = await world.override(web.resource);
    await world.reaches(await web.ask({ action: 'start', ...person }), 'succeeded');
    const overrides = world.buckets.open(DesiredStateBucket).keys('override');
    const key = desiredStateKey.override(web.resource);
    if (stopped === undefined) throw new TypeError('nothing was stopped');
    await overrides.put(key, stopped);
    await eventually(async () => (await world.override(web.resource)) === undefined);
    expect(remediator.app.get(NatsConnection).status().state).toBe('up');
  });
});
