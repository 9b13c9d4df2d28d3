import { Problem, QueryAggregation, QueryResult, type Sample } from '@vigil/contracts';
import { PostgresSampleStore } from '@vigil/storage';
import fc from 'fast-check';
import { callApi } from '../testing/api-client.js';
import { createWorld, WORLD_TIMEOUT_MS, type CollectorWorld } from '../testing/collector-world.js';
import { grouped, naiveQuery, type SourcedSample } from '../testing/naive-query.js';

const T0 = Date.UTC(2026, 10, 1, 12);
const MINUTE = 60_000;

const arbitrarySample = fc.record({
  source: fc.constantFrom('a', 'b', 'c'),
  labels: fc.record(
    { role: fc.constantFrom('web', 'db'), cpu: fc.constantFrom('0', '1') },
    { requiredKeys: [] },
  ),
  value: fc.integer({ min: -1000, max: 1000 }).map((value) => value / 8),
  timestamp: fc.integer({ min: T0 - 2 * MINUTE, max: T0 + 12 * MINUTE }),
});

const arbitraryQuestion = fc.record({
  source: fc.option(fc.constantFrom('a', 'b'), { nil: undefined }),
  labels: fc.option(fc.constantFrom({ role: 'web' }, { role: 'db', cpu: '1' }), { nil: undefined }),
  from: fc.integer({ min: T0 - MINUTE, max: T0 + 4 * MINUTE }),
  length: fc.integer({ min: 1, max: 8 * MINUTE }),
  step: fc.option(fc.constantFrom(1000, 7000, MINUTE, 5 * MINUTE), { nil: undefined }),
  agg: fc.option(fc.constantFrom(...QueryAggregation.options), { nil: undefined }),
  by: fc.option(fc.constantFrom([], ['role'], ['cpu', 'source'], ['missing']), { nil: undefined }),
});

describe('GET /query', () => {
  let world: CollectorWorld;
  beforeAll(async () => {
    world = await createWorld();
  }, WORLD_TIMEOUT_MS);
  afterAll(() => world.stop());

  const store = async (samples: readonly SourcedSample[]) => {
    const bySource = grouped(samples, ({ source }) => source);
    for (const [source, own] of bySource) {
      const plain: Sample[] = own.map(({ name, labels, value, timestamp }) => ({
        name,
        labels,
        value,
        timestamp,
      }));
      await world.collector.app
        .get(PostgresSampleStore)
        .append({ source, receivedAt: T0, samples: plain });
    }
  };
  const get = (parameters: Record<string, string>) =>
    callApi(world.url, 'GET', `/query?${new URLSearchParams(parameters).toString()}`);

  it(
    'answers as the naive reference does',
    async () => {
      let run = 0;
      await fc.assert(
        fc.asyncProperty(
          // of two samples at the same time either may be the last one
          fc.uniqueArray(arbitrarySample, {
            maxLength: 60,
            selector: ({ timestamp }) => timestamp,
          }),
          arbitraryQuestion,
          async (raw, question) => {
            const metric = `m_${(run += 1)}`;
            const samples = raw.map((sample) => ({ ...sample, name: metric }));
            await store(samples);
            const { source, labels, from, length, step, agg } = question;
            const by = step === undefined && agg === undefined ? undefined : question.by;
            const answer = await get({
              metric,
              from: String(from),
              to: String(from + length),
              ...(source === undefined ? {} : { source }),
              ...(labels === undefined
                ? {}
                : {
                    labels: Object.entries(labels)
                      .map((pair) => pair.join(':'))
                      .join(','),
                  }),
              ...(step === undefined ? {} : { step: `${step}ms` }),
              ...(agg === undefined ? {} : { agg }),
              ...(by === undefined ? {} : { by: by.join(',') }),
            });
            const expected = naiveQuery(samples, {
              source,
              labels,
              from,
              to: from + length,
              step,
              agg: agg ?? (step === undefined ? undefined : 'avg'),
              by,
            });
            expect(sorted(QueryResult.parse(answer.body))).toEqual(sorted({ series: expected }));
          },
        ),
        { numRuns: 60 },
      );
    },
    WORLD_TIMEOUT_MS,
  );

  it('aligns steps to multiples of the step, and counts only samples in the range', async () => {
    const times = [0, 30, 59, 60, 61, 119, 120].map((seconds) => T0 + seconds * 1000);
    await store(
      times.map((timestamp) => ({ name: 'aligned', source: 'a', labels: {}, value: 1, timestamp })),
    );
    const answer = await get({
      metric: 'aligned',
      from: new Date(T0 + 30_000).toISOString(),
      to: new Date(T0 + 120_000).toISOString(),
      step: '1m',
      agg: 'count',
    });
    expect(QueryResult.parse(answer.body).series[0]?.points).toEqual([
      [T0, 2],
      [T0 + MINUTE, 3],
    ]);
  });

  it('splits a label at its first colon, and needs all of them', async () => {
    const labels = { url: 'http://x:80/', role: 'web' };
    await store([{ name: 'colon', source: 'a', labels, value: 1, timestamp: T0 }]);
    const range = { metric: 'colon', from: String(T0), to: String(T0 + 1) };
    const found = await get({ ...range, labels: 'url:http://x:80/,role:web' });
    expect(QueryResult.parse(found.body).series).toHaveLength(1);
    const missed = await get({ ...range, labels: 'url:http://x:80/,role:db' });
    expect(QueryResult.parse(missed.body).series).toEqual([]);
  });

  it('answers nothing for a metric that nobody has sent', async () => {
    const answer = await get({ metric: 'never_sent' });
    expect(answer).toMatchObject({ status: 200, body: { series: [] } });
  });

  it.each([
    [{}, 'query.metric', 400],
    [{ metric: '1x' }, 'query.metric', 400],
    [{ metric: 'm', agg: 'median' }, 'query.agg', 400],
    [{ metric: 'm', step: '5' + ' apples' }, 'query.step', 400],
    [{ metric: 'm', step: '0s' }, 'query.step', 400],
    [{ metric: 'm', from: 'yesterday' }, 'query.from', 400],
    [{ metric: 'm', from: 'now', to: '-1h' }, 'query.from', 400],
    [{ metric: 'm', labels: 'role=web' }, 'query.labels', 400],
    [{ metric: 'm', by: 'role' }, 'query.by', 400],
    [{ metric: 'm', unknown: '1' }, 'query', 400],
  ])('refuses %p', async (parameters, path, status) => {
    const answer = await get(parameters);
    expect(answer.status).toBe(status);
    expect(Problem.parse(answer.body).errors?.map((error) => error.path)).toContain(path);
  });

  it('refuses more steps than anybody can look at', async () => {
    const answer = await get({ metric: 'm', from: '-30d', step: '1s' });
    expect(answer.status).toBe(422);
  });
});

function sorted(result: QueryResult): QueryResult['series'] {
  const keyOf = (series: QueryResult['series'][number]) =>
    JSON.stringify([series.source, Object.entries(series.labels).sort()]);
  return result.series
    .map((series) => ({
      ...series,
      // sums in another order differ in the last bits
      points: series.points.map(([at, value]): [number, number] => [at, Number(value.toFixed(6))]),
    }))
    .toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}
