import { RemediatorWorld } from '../testing/remediator-world.js';
import { request, target, WEB } from '../testing/fixtures.js';

describe('an action that is asked for', () => {
  let world: RemediatorWorld;
  beforeAll(async () => {
    world = await RemediatorWorld.start();
    await world.remediator();
  }, 30_000);
  afterAll(() => world.stop());

  it('starts a dead replica, proves it and says so', async () => {
    const agent = world.agent('host-dead');
    const dead = await agent.place({ state: 'exited', exitedAt: Date.now() });
    await world.request(
      request({
        actionId: 'start-1',
        targets: [target(0, { host: 'host-dead', instance: dead.instance })],
      }),
    );
    await world.reaches('start-1', 'succeeded');
    expect(world.path('start-1')).toEqual([
      'requested',
      'queued',
      'running',
      'verifying',
      'succeeded',
    ]);
    expect(agent.executed.map(({ operation }) => operation.kind)).toEqual(['start']);
    expect(agent.replica(WEB, 0)?.state).toBe('running');
  });
});
