import { jest } from '@jest/globals';
import { eventually } from '@vigil/testkit';
import { SampleFeed } from './world/sample-feed.js';
import { web } from './world/manifests.js';
import { World } from './world/world.js';

jest.setTimeout(120_000);

const POLICIES = `policies:
  - name: high-cpu-usage
    condition: cpu_usage > 80% for 3s
    severity: warning
    action: scale_up
    namespace: shop
  - name: runaway
    condition: queue_depth > 1000 for 2s
    severity: critical
    action: restart_service
    namespace: shop
`;

describe('a policy', () => {
  let world: World;
  const feeds: SampleFeed[] = [];

  beforeAll(async () => {
    world = await World.start({
      manifests: {
        'web.yaml': web({ extra: '  scale: { min: 1, max: 3 }\n' }),
        'worker.yaml': web({ name: 'worker' }),
        'policies.yaml': POLICIES,
      },
    });
    await world.expectRunning('web', 1);
    await world.expectRunning('worker', 1);
  });
  afterEach(() => {
    for (const feed of feeds.splice(0)) feed.stop();
  });
  afterAll(() => world.stop());

  function feed(metric: string, resource: string, value: number): SampleFeed {
    const started = SampleFeed.start(world.api, { source: 'load-test', metric, resource, value });
    feeds.push(started);
    return started;
  }

  it('fires on samples that were posted, scales its target, and resolves', async () => {
    const load = feed('cpu_usage', 'shop/Service/web', 95);
    const firing = await world.alert(
      ({ policy, state }) => policy.endsWith('/high-cpu-usage') && state === 'firing',
    );
    expect(firing.resource).toBe('shop/Service/web');
    const scaled = await world.action(
      'web',
      (each) => each.action === 'scale' && each.status === 'succeeded',
    );
    expect(scaled.correlationId).toBe(firing.correlationId);
    await world.expectRunning('web', 2);

    load.value = 10;
    await world.alert(
      ({ policy, state }) => policy.endsWith('/high-cpu-usage') && state === 'resolved',
    );
    const kinds = await world.chain(firing.correlationId, (found) => found.includes('outcome'));
    expect(kinds).toEqual(expect.arrayContaining(['evidence', 'alert', 'decision', 'action']));
    await world.expectRunning('web', 2);
  });

  it('never acts on data that has stopped, and neither resolves', async () => {
    const stuck = feed('queue_depth', 'shop/Service/worker', 5000);
    const acted = await world.action(
      'worker',
      (each) => each.action === 'restart' && each.status === 'succeeded',
    );
    stuck.stop();
    const restarts = async () =>
      (await world.actions('&target=shop/worker')).filter(({ action }) => action === 'restart');

    // longer than the cooldown, and than it takes to act
    const before = (await restarts()).length;
    await eventually(() => Date.now() - Date.parse(acted.startedAt) > 6_000);
    expect((await restarts()).length).toBeLessThanOrEqual(before + 1);
    const alerts = await world.alert(({ policy }) => policy.endsWith('/runaway'));
    expect(alerts.state).not.toBe('resolved');
    const settled = (await restarts()).length;
    await eventually(() => Date.now() - Date.parse(acted.startedAt) > 10_000, {
      withinMs: 15_000,
    });
    expect((await restarts()).length).toBe(settled);
  });

  it('does nothing, and says so, when the target cannot scale', async () => {
    feed('cpu_usage', 'shop/Service/worker', 99);
    const firing = await world.alert(
      ({ policy, resource, state }) =>
        policy.endsWith('/high-cpu-usage') &&
        resource === 'shop/Service/worker' &&
        state === 'firing',
    );
    const kinds = await world.chain(firing.correlationId, (found) => found.includes('decision'));
    expect(kinds).not.toContain('action');
    const explained = await world.vigilctl('explain', firing.correlationId);
    expect(explained.stdout).toMatch(/scale/);
    await world.expectRunning('worker', 1);
  });
});
