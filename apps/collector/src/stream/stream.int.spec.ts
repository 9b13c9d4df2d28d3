import { ActionLogged, DriftDetected, ManifestsRejected, type DriftRecord } from '@vigil/contracts';
import { parseResourceId, type ResourceId } from '@vigil/manifests';
import { Bus, NatsConnection } from '@vigil/messaging';
import { eventually } from '@vigil/testkit';
import { callApi } from '../testing/api-client.js';
import { createWorld, WORLD_TIMEOUT_MS, type CollectorWorld } from '../testing/collector-world.js';
import { enrol } from '../testing/enrol.js';
import { EventSourceClient } from '../testing/event-source.js';
import { FakeAgent } from '../testing/fake-agent.js';

const T0 = Date.UTC(2026, 10, 21);

function webResource(): ResourceId {
  const id = parseResourceId('production/web');
  if (id === undefined) throw new Error('production/web is a resource');
  return id;
}

const drift = (id: string): DriftRecord => ({
  id,
  resource: webResource(),
  type: 'missing',
  class: 'corrective',
  path: '/replicas',
  desired: 1,
  observed: 0,
  severity: 'critical',
  score: 1,
  detectedAt: T0,
  updatedAt: T0,
  correlationId: 'c1',
  state: 'open',
});

describe('GET /stream', () => {
  let world: CollectorWorld;
  const clients: EventSourceClient[] = [];

  beforeAll(async () => {
    world = await createWorld();
  }, WORLD_TIMEOUT_MS);
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });
  afterAll(() => world.stop());

  const bus = () => world.collector.app.get(Bus);
  const open = async (path = '/stream', lastEventId?: string) => {
    const client = await EventSourceClient.open(world.url, path, lastEventId);
    clients.push(client);
    return client;
  };
  const publishDrift = (id: string) => bus().publish(DriftDetected, drift(id));
  const publishAction = (actionId: string) =>
    bus().publish(
      ActionLogged,
      {
        kind: 'transition',
        actionId,
        correlationId: 'c1',
        resource: webResource(),
        sequence: 1,
        at: T0,
        actor: 'remediator',
        from: 'queued',
        to: 'running',
      },
      { params: { actionId } },
    );
  const isDrift = (id: string) => (event: { data: unknown }) =>
    JSON.stringify(event.data).includes(`"id":"${id}"`);

  it('shows what happens from now on, with times as everywhere', async () => {
    await publishDrift('before');
    const client = await open();
    await publishDrift('after');
    await publishAction('a1');
    const shown = await client.until(isDrift('after'));
    expect(shown).toMatchObject({
      event: 'drift.detected',
      data: { resource: 'production/Service/web', detectedAt: '2026-11-21T00:00:00.000Z' },
    });
    const action = await client.until(({ event }) => event === 'action.logged');
    expect(action.data).toMatchObject({ actionId: 'a1', to: 'running' });
    expect(client.events.some(isDrift('before'))).toBe(false);
  });

  it('shows only the topics that were asked for', async () => {
    const client = await open('/stream?topics=actions,manifests');
    await publishDrift('unwanted');
    await bus().publish(ManifestsRejected, {
      source: 'default',
      revision: 'r1',
      errors: [],
      at: T0,
      correlationId: 'c2',
    });
    await publishAction('a2');
    await client.until(({ event }) => event === 'manifests.rejected');
    await client.until(({ event }) => event === 'action.logged');
    expect(client.events.some(isDrift('unwanted'))).toBe(false);
  });

  it('goes on behind the last event, without a gap and without a repetition', async () => {
    const first = await open();
    await publishDrift('seen');
    await publishAction('seen-action');
    await first.until(isDrift('seen'));
    await first.until(({ data }) => JSON.stringify(data).includes('seen-action'));
    const last = first.events.at(-1)?.id;
    first.close();

    await publishDrift('missed-1');
    await publishAction('missed-action');
    await publishDrift('missed-2');
    const second = await open('/stream', last);
    await publishDrift('live');
    await second.until(isDrift('live'));
    await second.until(({ data }) => JSON.stringify(data).includes('missed-action'));
    const drifts = second.events.filter(({ event }) => event === 'drift.detected');
    expect(drifts.map(({ data }) => /"id":"([\w-]+)"/.exec(JSON.stringify(data))?.[1])).toEqual([
      'missed-1',
      'missed-2',
      'live',
    ]);
  });

  it('shows agents that connect and disconnect', async () => {
    const client = await open('/stream?topics=agents');
    const { key } = await enrol(world.url, 'web-1');
    const agent = await FakeAgent.connect(world.url, 'web-1', key);
    await client.until(({ event }) => event === 'agent.connected');
    await agent.close();
    await client.until(({ event }) => event === 'agent.disconnected');
  });

  it(
    'goes on after NATS was away',
    async () => {
      const client = await open();
      await world.nats.restart();
      const nats = world.collector.app.get(NatsConnection);
      await eventually(() => nats.status().state === 'up');
      await publishDrift('after-restart');
      await client.until(isDrift('after-restart'));
    },
    WORLD_TIMEOUT_MS,
  );

  it(
    'lets nobody who listens hold up its end',
    async () => {
      const other = await world.startCollector();
      const { key } = await enrol(world.url, 'web-2');
      const listener = await EventSourceClient.open(other.url, '/stream');
      clients.push(listener);
      const agent = await FakeAgent.connect(other.url, 'web-2', key);
      await other.stop();
      await agent.untilClosed();
      await listener.ended;
    },
    WORLD_TIMEOUT_MS,
  );

  it('refuses what it does not know', async () => {
    expect((await callApi(world.url, 'GET', '/stream?topics=weather')).status).toBe(400);
    const headers = { 'last-event-id': 'yesterday' };
    expect((await callApi(world.url, 'GET', '/stream', { headers })).status).toBe(400);
  });
});
