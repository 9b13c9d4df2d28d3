import { SilentLog } from '@vigil/service';
import { Database, PostgresSampleStore, SampleReader } from '@vigil/storage';
import { createDatabase, type TestDatabase } from '@vigil/testkit';
import { T0 } from '../testing/fixtures.js';
import { StoredSamples } from './stored-samples.js';

describe('stored samples', () => {
  let test: TestDatabase;
  let database: Database;

  beforeAll(async () => {
    test = await createDatabase();
    database = new Database({ url: test.url, applicationName: 'test' }, new SilentLog());
    database.start();
    await database.untilUp();
    const store = new PostgresSampleStore(database);
    for (const source of ['web-1', 'web-2', 'web-3']) {
      const samples = Array.from({ length: 10 }, (_, at) => ({
        name: 'cpu_usage',
        labels: {},
        value: at,
        timestamp: T0 + at * 1_000,
      }));
      await store.append({ source, receivedAt: T0, samples });
    }
  });
  afterAll(async () => {
    await database.close();
    await test.drop();
  });

  const read = async (
    limits: ConstructorParameters<typeof StoredSamples>[2],
    sources?: readonly string[],
  ) => {
    const values: Record<string, number[]> = {};
    const stored = new StoredSamples(new SampleReader(database), new SilentLog(), limits);
    const range = { metrics: ['cpu_usage'], from: T0, to: T0 + 10_000 };
    const isWhole = await stored.read(
      { ...range, ...(sources === undefined ? {} : { sources }) },
      (source, sample) => (values[source] ??= []).push(sample.value),
    );
    expect(isWhole).toBe(true);
    return values;
  };

  it('are the newest of every series when there are too many', async () => {
    const newest = [7, 8, 9];
    expect(await read({ samples: 9 })).toEqual({
      'web-1': newest,
      'web-2': newest,
      'web-3': newest,
    });
  });

  it('are read in several goes, all of them', async () => {
    const all = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    expect(await read({ samples: 30, batch: 10 })).toEqual({
      'web-1': all,
      'web-2': all,
      'web-3': all,
    });
  });

  it('are those of the sources that were asked for', async () => {
    expect(Object.keys(await read({}, ['web-2', 'web-9']))).toEqual(['web-2']);
  });
});
