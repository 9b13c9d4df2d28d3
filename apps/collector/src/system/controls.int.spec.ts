import { controlKey, ControlsBucket, HealthView, StopOutcome, SystemView } from '@vigil/contracts';
import { Buckets, NatsConnection } from '@vigil/messaging';
import { HealthRegistry, type RunningService } from '@vigil/service';
import { ControlEntity, Database } from '@vigil/storage';
import { eventually } from '@vigil/testkit';
import { rm } from 'node:fs/promises';
import { callApi } from '../testing/api-client.js';
import { createWorld, WORLD_TIMEOUT_MS, type CollectorWorld } from '../testing/collector-world.js';
import { enrol } from '../testing/enrol.js';
import { FakeAgent } from '../testing/fake-agent.js';
import { Controls } from './controls.js';

const HOST = 'web-1.example.org';

describe('the switches', () => {
  let world: CollectorWorld;
  let collector: RunningService;
  let key: string;
  beforeAll(async () => {
    world = await createWorld({ ownPostgres: true });
    ({ collector } = world);
    ({ key } = await enrol(world.url, HOST));
  }, WORLD_TIMEOUT_MS);
  afterAll(() => world.stop());

  const controls = () => collector.app.get(Controls);
  const bucket = () => collector.app.get(Buckets).open(ControlsBucket);
  const database = () => collector.app.get(Database);
  const stored = async () => (await bucket().keys('stop').get(controlKey.stop()))?.value;
  const recorded = () =>
    database().run((manager) => manager.findOneBy(ControlEntity, { kind: 'stop' }));
  const system = async () =>
    SystemView.parse((await callApi(collector.url, 'GET', '/system')).body);
  const health = async () =>
    HealthView.parse((await callApi(collector.url, 'GET', '/health')).body).components['controls'];
  const press = async (verb: 'stop' | 'resume', reason: string) => {
    const answer = await callApi(collector.url, 'POST', `/system/${verb}`, { body: { reason } });
    expect(answer.status).toBe(200);
    return StopOutcome.parse(answer.body);
  };
  const toldGo = (agent: FakeAgent, since = 0) =>
    agent.received.slice(since).some((message) => message.type === 'control' && !message.stopped);

  const killNats = async () => {
    const connection = collector.app.get(NatsConnection);
    const { ended } = connection.require();
    await world.nats.kill();
    await eventually(() => ended.aborted);
  };
  const eraseNats = () => rm(world.nats.storeDirectory, { recursive: true, force: true });
  const natsIsBack = async () => {
    await world.nats.restart();
    await collector.app.get(NatsConnection).session(AbortSignal.timeout(20_000));
  };
  const startAgain = async () => {
    collector = await world.startCollector();
    await eventually(() => collector.app.get(HealthRegistry).isReady());
  };

  it(
    'of a new installation are known by themselves',
    async () => {
      await eventually(() => controls().isKnown());
      expect(controls().isStopped()).toBe(false);
      expect(await system()).toMatchObject({ stopped: null, controlsKnown: true });
    },
    WORLD_TIMEOUT_MS,
  );

  it(
    'go on to hold when NATS loses them, are put back, and can be switched again',
    async () => {
      const agent = await FakeAgent.connect(collector.url, HOST, key);
      await agent.until('control', ({ stopped }) => !stopped);
      expect(await press('stop', 'incident')).toMatchObject({ inForce: true, durable: true });
      const suspended = { active: true, reason: 'repair', actor: 'admin' };
      await controls().setSource('shop', suspended);
      await agent.until('control', ({ stopped }) => stopped);
      const told = agent.received.length;

      await killNats();
      await eraseNats();
      await natsIsBack();
      await eventually(async () => (await stored())?.active === true && controls().isKnown());
      const source = await bucket().keys('source').get(controlKey.source('shop'));
      expect(source?.value).toMatchObject(suspended);
      expect(controls().isStopped()).toBe(true);
      expect(controls().activeFor('source', 'shop')).toMatchObject(suspended);
      expect(toldGo(agent, told)).toBe(false);
      expect(await system()).toMatchObject({ stopped: { reason: 'incident', actor: 'admin' } });

      expect(await press('resume', 'over')).toMatchObject({ inForce: true, durable: true });
      await eventually(() => toldGo(agent, told));
      await agent.close();
    },
    WORLD_TIMEOUT_MS,
  );

  it(
    'hold for a collector that starts on a NATS without data, and for agents that it meets',
    async () => {
      await press('stop', 'second incident');
      await collector.stop();
      await world.nats.kill();
      await eraseNats();
      await world.nats.restart();

      await startAgain();
      const agent = await FakeAgent.connect(collector.url, HOST, key);
      await agent.until('control', ({ stopped }) => stopped);
      await eventually(() => controls().isKnown());
      expect(toldGo(agent)).toBe(false);
      expect(await stored()).toMatchObject({ active: true, reason: 'second incident' });
      expect(await system()).toMatchObject({
        stopped: { reason: 'second incident' },
        suspendedSources: [{ source: 'shop', reason: 'repair' }],
      });
      await agent.close();
    },
    WORLD_TIMEOUT_MS,
  );

  it(
    'are unknown while both copies are missing, and nobody is told that he may go on',
    async () => {
      await collector.stop();
      await world.nats.kill();
      await eraseNats();
      await world.nats.restart();
      await world.postgres?.stop();
      collector = await world.startCollector();
      await eventually(() => collector.app.get(NatsConnection).status().state === 'up');
      await eventually(async () => (await health())?.detail?.includes('not known'));
      expect(controls().isStopped()).toBeUndefined();
      expect((await health())?.status).toBe('degraded');

      await world.postgres?.restart();
      await eventually(() => controls().isKnown());
      expect(controls().isStopped()).toBe(true);
      expect(await stored()).toMatchObject({ active: true, reason: 'second incident' });
      expect((await health())?.status).toBe('ok');
    },
    WORLD_TIMEOUT_MS,
  );

  it(
    'are switched while PostgreSQL is away, and recorded when it is back',
    async () => {
      await world.postgres?.stop();
      await eventually(() => !database().isUp());
      expect(await press('resume', 'no database')).toMatchObject({ inForce: true, durable: false });
      expect(await stored()).toMatchObject({ active: false, reason: 'no database' });
      expect((await health())?.detail).toMatch(/1 switches are in NATS only/);
      // whoever is there when it comes back writes the row
      await collector.stop();
      await world.postgres?.restart();
      await startAgain();
      await eventually(async () => (await recorded())?.reason === 'no database');
      await eventually(() => controls().isStopped() === false);
    },
    WORLD_TIMEOUT_MS,
  );

  it(
    'are recorded while NATS is away, told to the agents here, and in force when it is back',
    async () => {
      const agent = await FakeAgent.connect(collector.url, HOST, key);
      await agent.until('control', ({ stopped }) => !stopped);
      await killNats();
      expect(await press('stop', 'no NATS')).toMatchObject({ inForce: false, durable: true });
      await agent.until('control', ({ stopped }) => stopped);
      expect((await recorded())?.reason).toBe('no NATS');
      await collector.stop();

      // another collector finds it in PostgreSQL, and believes that before the bucket
      await world.nats.restart();
      await startAgain();
      const again = await FakeAgent.connect(collector.url, HOST, key);
      await again.until('control', ({ stopped }) => stopped);
      expect(toldGo(again)).toBe(false);
      await eventually(async () => (await stored())?.reason === 'no NATS');
      await again.close();
    },
    WORLD_TIMEOUT_MS,
  );

  it(
    'are refused when nothing would remember them',
    async () => {
      await killNats();
      await world.postgres?.stop();
      await eventually(() => !database().isUp());
      const body = { reason: 'nowhere' };
      expect((await callApi(collector.url, 'POST', '/system/resume', { body })).status).toBe(503);
      expect(controls().isStopped()).toBe(true);
    },
    WORLD_TIMEOUT_MS,
  );
});
