import { NatsConnection } from '@vigil/messaging';
import { eventually } from '@vigil/testkit';
import { rm } from 'node:fs/promises';
import { request } from '../testing/fixtures.js';
import { RemediatorWorld } from '../testing/remediator-world.js';
import { Switches } from './switches.js';

describe('the switches', () => {
  let world: RemediatorWorld;
  beforeAll(async () => {
    world = await RemediatorWorld.start();
  }, 30_000);
  afterAll(() => world.stop());

  it('hold on when NATS has lost them, until a person ends them', async () => {
    const { app } = await world.remediator();
    const switches = app.get(Switches);
    await world.control('stop', { active: true, reason: 'incident' });
    await eventually(() => switches.of(request()).stop?.active === true);

    const connection = app.get(NatsConnection);
    const { ended } = connection.require();
    await world.nats.kill();
    await eventually(() => ended.aborted);
    await rm(world.nats.storeDirectory, { recursive: true, force: true });
    await world.nats.restart();
    await eventually(() =>
      world.control('source.default', { active: true, reason: 'new' }).then(() => true),
    );
    await eventually(() => switches.of(request()).source?.active === true, { withinMs: 20_000 });
    expect(switches.of(request()).stop).toMatchObject({ active: true, reason: 'incident' });

    await world.control('stop', { active: false, reason: 'over' });
    await eventually(() => switches.of(request()).stop?.active === false);
  }, 60_000);
});
