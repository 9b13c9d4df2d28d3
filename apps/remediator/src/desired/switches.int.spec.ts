import { eventually } from '@vigil/testkit';
import { request } from '../testing/fixtures.js';
import { RemediatorWorld } from '../testing/remediator-world.js';
import { Scenario } from '../testing/scenario.js';
import { Overrides } from './overrides.js';
import { Switches } from './switches.js';

describe('the switches', () => {
  let world: RemediatorWorld;
  beforeAll(async () => {
    world = await RemediatorWorld.start();
  }, 30_000);
  afterAll(() => world.stop());
  // one that remembers what the next test's does not would take its requests
  afterEach(() => world.stopRemediators());

  it('hold on when NATS has lost them, until a person ends them', async () => {
    const { app } = await world.remediator();
    const switches = app.get(Switches);
    await world.control('stop', { active: true, reason: 'incident' });
    await eventually(() => switches.of(request()).stop?.active === true);

    await world.loseNats();
    await eventually(() => !switches.areKnown);
    await eventually(() =>
      world.control('source.default', { active: true, reason: 'new' }).then(() => true),
    );
    await eventually(() => switches.of(request()).source?.active === true, { withinMs: 20_000 });
    expect(switches.of(request()).stop).toMatchObject({ active: true, reason: 'incident' });

    await world.control('stop', { active: false, reason: 'over' });
    await eventually(() => switches.of(request()).stop?.active === false);
    expect(switches.areKnown).toBe(false);
    await world.restoreControls();
    await eventually(() => switches.areKnown);
  }, 60_000);

  it('keep an action from being done while they are unknown', async () => {
    await world.loseNats();
    const { app } = await world.remediator({ untilAllowed: false });
    await eventually(() => app.get(Overrides).isKnown);
    const web = new Scenario(world);
    await web.placeDead();
    const refused = await world.reaches(await web.ask(), 'suppressed');
    expect(refused.reason).toMatchObject({ gate: 'stopped', code: 'controls-unknown' });
    expect(refused.reason?.nextAttemptAt).toBeGreaterThan(refused.queuedAt ?? 0);
    await world.restoreControls();
    await eventually(() => app.get(Switches).areKnown);
    await world.reaches(await web.ask(), 'succeeded');
    expect(web.done).toEqual(['start 0']);
  }, 60_000);
});
