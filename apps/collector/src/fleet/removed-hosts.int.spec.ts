import { FleetBucket, StateObserved, type RemovedHost } from '@vigil/contracts';
import { Buckets, Bus, NatsConnection } from '@vigil/messaging';
import { eventually, startGate, type Gate } from '@vigil/testkit';
import { callApi } from '../testing/api-client.js';
import { createWorld, WORLD_TIMEOUT_MS, type CollectorWorld } from '../testing/collector-world.js';
import { enrol } from '../testing/enrol.js';
import { snapshotOf } from '../testing/snapshot.js';

describe('a host whose agent is removed', () => {
  let world: CollectorWorld;
  let hosts = 0;

  beforeAll(async () => {
    world = await createWorld();
  }, WORLD_TIMEOUT_MS);
  afterAll(() => world.stop());

  /** What the other services are told, by host. */
  const told = async (): Promise<ReadonlyMap<string, RemovedHost>> => {
    const bucket = world.collector.app.get(Buckets).open(FleetBucket);
    const entries = await bucket.entries(AbortSignal.timeout(5_000));
    return new Map(
      entries.flatMap((entry) => (entry.kind === 'put' ? [[entry.value.host, entry.value]] : [])),
    );
  };
  const hasState = async (host: string) => {
    const { manager } = world.collector.app.get(NatsConnection).require();
    const { state } = await manager.streams.info('STATE', {
      subjects_filter: `vigil.state.observed.${host}`,
    });
    return Object.keys(state.subjects ?? {}).length > 0;
  };
  const freshHost = async (url = world.url) => {
    const host = `gone-${(hosts += 1)}`;
    const { key } = await enrol(url, host);
    await observe(host, key, 1, url);
    return { host, key };
  };
  const observe = async (host: string, key: string, counter: number, url = world.url) => {
    const body = { source: host, metrics: [], state: snapshotOf(counter) };
    expect((await callApi(url, 'POST', '/ingest', { key, body })).status).toBe(202);
  };
  const remove = async (host: string, url = world.url) => {
    expect((await callApi(url, 'DELETE', `/agents/${host}`)).status).toBe(204);
  };

  it('is told of as removed, and its snapshot is gone', async () => {
    const { host } = await freshHost();
    expect(await hasState(host)).toBe(true);
    const before = Date.now();
    await remove(host);
    expect((await told()).get(host)?.removedAt).toBeGreaterThanOrEqual(before);
    expect(await hasState(host)).toBe(false);
  });

  it('is a host like any other when it is enrolled again', async () => {
    const { host } = await freshHost();
    await remove(host);
    const { key } = await enrol(world.url, host);
    expect((await told()).has(host)).toBe(false);
    await observe(host, key, 2);
    expect(await hasState(host)).toBe(true);
  });

  it(
    'is told of as soon as NATS is back, by a collector that had lost it alone',
    async () => {
      const gate: Gate = await startGate(world.nats.port);
      const other = await world.startCollector(`nats://127.0.0.1:${gate.port}`);
      const connection = other.app.get(NatsConnection);
      await connection.session(AbortSignal.timeout(10_000));
      const { host } = await freshHost(other.url);
      const { ended } = connection.require();
      gate.close();
      await eventually(() => ended.aborted);
      await remove(host, other.url);
      expect((await told()).has(host)).toBe(false);
      gate.open();
      await eventually(async () => (await told()).has(host));
      expect(await hasState(host)).toBe(false);
      await other.stop();
      await gate.stop();
    },
    WORLD_TIMEOUT_MS,
  );

  it(
    'is told of by whichever collector comes next, when the one that removed it died before',
    async () => {
      const { host } = await freshHost();
      await remove(host);
      const bus = world.collector.app.get(Bus);
      const state = { ...snapshotOf(2), host, hostLabels: {}, receivedAt: Date.now() };
      await bus.publish(StateObserved, state, { params: { host } });
      const bucket = world.collector.app.get(Buckets).open(FleetBucket);
      await bucket.keys('removed').delete(`removed.${host}`);
      const next = await world.startCollector();
      await eventually(async () => (await told()).has(host));
      expect(await hasState(host)).toBe(false);
      await next.stop();
    },
    WORLD_TIMEOUT_MS,
  );
});
