import { controlKey, ControlsBucket } from '@vigil/contracts';
import { Buckets, NatsConnection } from '@vigil/messaging';
import { eventually } from '@vigil/testkit';
import { rm } from 'node:fs/promises';
import { callApi } from '../testing/api-client.js';
import { createWorld, WORLD_TIMEOUT_MS, type CollectorWorld } from '../testing/collector-world.js';
import { enrol } from '../testing/enrol.js';
import { FakeAgent } from '../testing/fake-agent.js';
import { Controls } from './controls.js';

const HOST = 'web-1.example.org';

describe('the switches, when NATS lost its data', () => {
  let world: CollectorWorld;
  beforeAll(async () => {
    world = await createWorld();
  }, WORLD_TIMEOUT_MS);
  afterAll(() => world.stop());

  const loseNats = async () => {
    const connection = world.collector.app.get(NatsConnection);
    const { ended } = connection.require();
    await world.nats.kill();
    await eventually(() => ended.aborted);
    await rm(world.nats.storeDirectory, { recursive: true, force: true });
    await world.nats.restart();
    await connection.session(AbortSignal.timeout(20_000));
  };

  it(
    'go on to hold, are put back, and can be switched again',
    async () => {
      const { key } = await enrol(world.url, HOST);
      const agent = await FakeAgent.connect(world.url, HOST, key);
      const controls = world.collector.app.get(Controls);
      const buckets = world.collector.app.get(Buckets).open(ControlsBucket);
      const suspended = { active: true, reason: 'repair', actor: 'admin', at: 1 };
      await agent.until('control', ({ stopped }) => !stopped);
      await callApi(world.url, 'POST', '/system/stop', { body: { reason: 'incident' } });
      await controls.setSource('shop', suspended);
      await agent.until('control', ({ stopped }) => stopped);
      await eventually(() => controls.activeFor('source', 'shop') !== undefined);
      const told = agent.received.length;

      await loseNats();
      await eventually(async () => {
        const stop = await buckets.keys('stop').get(controlKey.stop());
        const source = await buckets.keys('source').get(controlKey.source('shop'));
        return stop?.value.active === true && source?.value.reason === 'repair';
      });
      expect(controls.isStopped()).toBe(true);
      expect(controls.activeFor('source', 'shop')).toEqual(suspended);
      const since = agent.received.slice(told).filter(({ type }) => type === 'control');
      expect(since).not.toContainEqual({ type: 'control', stopped: false });
      expect((await callApi(world.url, 'GET', '/system')).body).toMatchObject({
        stopped: { reason: 'incident', actor: 'admin' },
      });

      const later = agent.received.length;
      await callApi(world.url, 'POST', '/system/resume', { body: { reason: 'over' } });
      await eventually(() =>
        agent.received
          .slice(later)
          .some((message) => message.type === 'control' && !message.stopped),
      );
      await agent.close();
    },
    WORLD_TIMEOUT_MS,
  );
});
