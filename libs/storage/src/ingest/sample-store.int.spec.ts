import type { Sample } from '@vigil/contracts';
import { SilentLog } from '@vigil/service';
import { createDatabase, type TestDatabase } from '@vigil/testkit';
import { Database } from '../database.js';
import { SampleReader } from './sample-reader.js';
import { PostgresSampleStore } from './sample-store.js';

const T0 = Date.UTC(2026, 0, 10, 12);
const DAY = 86_400_000;
const sample = (over: Partial<Sample> = {}): Sample => ({
  name: 'cpu_usage',
  labels: { cpu: 'total' },
  value: 1,
  timestamp: T0,
  ...over,
});

describe('PostgresSampleStore', () => {
  let test: TestDatabase;
  let database: Database;
  let store: PostgresSampleStore;

  beforeAll(async () => {
    test = await createDatabase();
    database = new Database({ url: test.url, applicationName: 'test' }, new SilentLog());
    database.start();
    await database.untilUp();
  });
  beforeEach(async () => {
    await query('TRUNCATE samples, series, ingest_batches RESTART IDENTITY');
    store = new PostgresSampleStore(database);
  });
  afterAll(async () => {
    await database.close();
    await test.drop();
  });

  const query = <Row>(statement: string) =>
    database.run((manager) => manager.query<Row[]>(statement));
  const rows = () =>
    query<{ name: string; value: number; labels: unknown; timestamp: Date; source: string }>(
      'SELECT name, value, labels, timestamp, source FROM metrics ORDER BY timestamp, name, source',
    );
  const append = (samples: Sample[], batchId?: string, source = 'web-1') =>
    store.append({ source, batchId, receivedAt: T0, samples });

  it('shows what was stored in the view metrics', async () => {
    await append([sample({ value: 0.1 })]);
    expect(await rows()).toEqual([
      {
        name: 'cpu_usage',
        value: 0.1,
        labels: { cpu: 'total' },
        timestamp: new Date(T0),
        source: 'web-1',
      },
    ]);
    expect(await query('SELECT id FROM metrics')).toEqual([{ id: `1@${String(T0)}` }]);
  });

  it('keeps the first of two samples with the same series and time', async () => {
    await append([sample({ value: 1 }), sample({ value: 2 })]);
    await append([sample({ value: 3 })]);
    expect((await rows()).map(({ value }) => value)).toEqual([1]);
  });

  it('takes samples out of order, late, and over many days', async () => {
    const times = [T0, T0 - 3 * DAY, T0 - 1, T0 + DAY, T0 - 1000];
    await append(times.map((timestamp) => sample({ timestamp })));
    expect((await rows()).map(({ timestamp }) => timestamp.getTime())).toEqual(
      times.toSorted((a, b) => a - b),
    );
  });

  it('stores a batch once, whoever repeats it and whatever it then says', async () => {
    expect(await append([sample()], 'b1')).toBe('stored');
    expect(await append([sample({ timestamp: T0 + 1 })], 'b1')).toBe('repeated');
    const restarted = new PostgresSampleStore(database);
    const again = { source: 'web-1', batchId: 'b1', receivedAt: T0, samples: [sample()] };
    expect(await restarted.append(again)).toBe('repeated');
    expect(await append([sample({ timestamp: T0 + 2 })], 'b1', 'web-2')).toBe('stored');
    expect(await rows()).toHaveLength(2);
  });

  it('stores one of several equal batches in one group', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 5 }, (_, index) => append([sample({ timestamp: T0 + index })], 'b1')),
    );
    expect(outcomes.filter((outcome) => outcome === 'stored')).toHaveLength(1);
    expect(await rows()).toHaveLength(1);
  });

  it('lets many writers make the same series and partitions at once', async () => {
    const stores = Array.from({ length: 4 }, () => new PostgresSampleStore(database));
    const samples = Array.from({ length: 50 }, (_, index) =>
      sample({ labels: { n: String(index) }, timestamp: T0 + 10 * DAY + index }),
    );
    await Promise.all(
      stores.map((each) => each.append({ source: 'web-1', receivedAt: T0, samples })),
    );
    expect(await query('SELECT id FROM series')).toHaveLength(50);
    expect(await rows()).toHaveLength(50);
  });

  it('drops what is older than the retention, and makes the coming days', async () => {
    await append([sample({ timestamp: T0 - 40 * DAY }), sample()]);
    const dropped = await store.maintain(T0, T0 - 30 * DAY);
    expect(dropped).toEqual(['samples_20251201']);
    expect(await rows()).toHaveLength(1);
    await append([sample({ timestamp: T0 - 40 * DAY })]);
    expect(await rows()).toHaveLength(2);
    const names = await query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relname = 'samples_20260112'`,
    );
    expect(names).toHaveLength(1);
  });

  it('recovers when another collector dropped a partition', async () => {
    await append([sample()]);
    await query('DROP TABLE samples_20260110');
    await append([sample({ value: 5 })]);
    expect((await rows()).map(({ value }) => value)).toEqual([5]);
  });

  it('finds series by source and labels', async () => {
    const reader = new SampleReader(database);
    await append([sample({ labels: { a: '1', b: '2' } }), sample({ labels: { a: '1' } })]);
    await append([sample({ labels: { a: '1' } })], undefined, 'web-2');
    const find = async (selector: { source?: string; labels?: Record<string, string> }) =>
      (await reader.findSeries({ name: 'cpu_usage', ...selector }, 10)).length;
    await expect(find({})).resolves.toBe(3);
    await expect(find({ source: 'web-1' })).resolves.toBe(2);
    await expect(find({ labels: { a: '1', b: '2' } })).resolves.toBe(1);
    await expect(find({ labels: { a: '3' } })).resolves.toBe(0);
  });
});
