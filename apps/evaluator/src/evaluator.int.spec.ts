import { eventually } from '@vigil/testkit';
import { replica, service } from './testing/fixtures.js';
import { TestWorld } from './testing/test-world.js';

describe('the evaluator', () => {
  let world: TestWorld;
  beforeEach(async () => {
    world = await TestWorld.start();
  });
  afterEach(() => world.stop());

  it('asks for one start when a process dies, and records why', async () => {
    const web = service('web');
    await world.observe('host-1', [replica(web)]);
    await world.declare([web]);
    await world.startEvaluator();
    await world.observe('host-1', [replica(web, 0, { state: 'exited', exitCode: 137 })]);
    const [request] = await eventually(async () => {
      const requests = await world.requests();
      expect(requests).toHaveLength(1);
      return requests;
    });
    expect(request).toMatchObject({
      action: 'start',
      attempt: 1,
      targets: [{ replica: 0, host: 'host-1', instance: 'web-0-a' }],
      mode: 'auto',
      causes: [{ kind: 'drift', driftType: 'missing' }],
    });
    await eventually(async () => {
      const rows = await world.rows('SELECT drift_type, state, correlation_id FROM drift_events');
      expect(rows).toEqual([
        { drift_type: 'missing', state: 'open', correlation_id: request?.correlationId },
      ]);
    });
    await eventually(async () => {
      const rows = await world.rows('SELECT code, action_id FROM decisions');
      expect(rows).toEqual([{ code: 'requested', action_id: request?.actionId }]);
    });
  });
});
