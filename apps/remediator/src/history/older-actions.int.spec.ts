import { policyCause } from '../testing/fixtures.js';
import { RemediatorWorld } from '../testing/remediator-world.js';
import { Scenario } from '../testing/scenario.js';

const HOUR = 3_600_000;

describe('a cooldown that is longer than what every remediator remembers', () => {
  let world: RemediatorWorld;
  beforeAll(async () => {
    world = await RemediatorWorld.start();
  }, 30_000);
  afterAll(() => world.stop());

  it('is kept by a remediator that was started since', async () => {
    const web = new Scenario(world);
    await world.remediator();
    await web.place();
    const asked = {
      action: 'restart' as const,
      causes: [policyCause(`leak-${web.name}`)],
      service: web.manifest({}, { cooldownPeriodMs: 6 * HOUR }),
    };
    const first = await world.reaches(await web.ask(asked), 'succeeded');
    await world.stopRemediators();

    // five hours later
    await world.remediator({ clockOffsetMs: 5 * HOUR });
    await world.knows(web.host);
    const ended = await world.reaches(await web.ask(asked), 'suppressed', 'succeeded');
    expect(ended.reason).toMatchObject({ gate: 'cooldown', code: 'cooldown' });
    const effectAt = first.operations[0]?.finished?.at ?? 0;
    expect(ended.reason?.nextAttemptAt).toBeLessThanOrEqual(effectAt + 6 * HOUR);
    await world.stopRemediators();

    // two more
    await world.remediator({ clockOffsetMs: 7 * HOUR });
    await world.reaches(await web.ask(asked), 'succeeded');
  }, 30_000);
});
