import {
  CreatedKey,
  IngestAccepted,
  MetricsIngested,
  Problem,
  QueryResult,
  StateObserved,
} from '@vigil/contracts';
import { deflateSync, gzipSync } from 'node:zlib';
import { callApi, type ApiRequest } from '../testing/api-client.js';
import { createWorld, WORLD_TIMEOUT_MS, type CollectorWorld } from '../testing/collector-world.js';
import { enrol } from '../testing/enrol.js';
import { observeEvents } from '../testing/observe.js';
import { snapshotOf } from '../testing/snapshot.js';

const HOST = 'web-1.example.org';

describe('POST /ingest', () => {
  let world: CollectorWorld;
  let agentKey: string;
  let ingestKey: string;
  const now = Date.now();
  let metricNumber = 0;

  beforeAll(async () => {
    world = await createWorld();
    agentKey = (await enrol(world.url, HOST, { role: 'web', zone: 'a' })).key;
    const made = await callApi(world.url, 'POST', '/keys', { body: { name: 'i', role: 'ingest' } });
    ingestKey = CreatedKey.parse(made.body).key;
  }, WORLD_TIMEOUT_MS);
  afterAll(() => world.stop());

  const post = (request: ApiRequest) => callApi(world.url, 'POST', '/ingest', request);
  const batch = (metrics: unknown[], extra: object = {}) => ({ source: HOST, metrics, ...extra });
  /** A metric of the test's own. */
  const fresh = () => `test_metric_${(metricNumber += 1)}`;
  const stored = async (metric: string) => {
    const answer = await callApi(
      world.url,
      'GET',
      `/query?metric=${metric}&from=-2d&to=${now + 1e9}`,
    );
    return QueryResult.parse(answer.body).series;
  };

  it('stores samples, with the labels of the host over those of the sender', async () => {
    const name = fresh();
    const answer = await post({
      key: agentKey,
      body: batch([{ name, value: 1.5, labels: { cpu: '0', role: 'forged' }, timestamp: now }]),
    });
    expect(answer).toMatchObject({ status: 202, body: { accepted: 1, rejected: [] } });
    expect(await stored(name)).toEqual([
      {
        metric: name,
        source: HOST,
        labels: { cpu: '0', role: 'web', zone: 'a' },
        points: [[now, 1.5]],
      },
    ]);
  });

  it('takes RFC 3339, and the time of arrival for samples without one', async () => {
    const name = fresh();
    const before = Date.now();
    await post({
      body: batch([
        { name, value: 1, timestamp: new Date(now - 5000).toISOString() },
        { name, value: 2 },
      ]),
    });
    const points = (await stored(name))[0]?.points ?? [];
    expect(points[0]).toEqual([now - 5000, 1]);
    expect(points[1]?.[0]).toBeGreaterThanOrEqual(before);
    expect(points[1]?.[0]).toBeLessThanOrEqual(Date.now());
  });

  it('keeps the good samples of a batch and names the bad ones', async () => {
    const name = fresh();
    const answer = await post({
      body: batch([
        { name, value: 1, timestamp: now },
        { name: '1bad', value: 1 },
        { name, value: 'x' },
        { name, value: 1, labels: { a: 1 } },
        { name, value: 1, labels: { 'a-b': 'x' } },
        { name, value: 1, timestamp: now + 11 * 60_000 },
        { name, value: 1, timestamp: '2001-01-01T00:00:00Z' },
        { name, value: 1, timestamp: 'yesterday' },
        'sample',
        { name, value: 1, labels: { a: 'nul \0' } },
        { name, value: 2, timestamp: now + 1 },
      ]),
    });
    expect(answer.status).toBe(202);
    const { accepted, rejected } = IngestAccepted.parse(answer.body);
    expect(accepted).toBe(2);
    expect(rejected.map(({ index, path }) => [index, path])).toEqual([
      [1, 'metrics[1].name'],
      [2, 'metrics[2].value'],
      [3, 'metrics[3].labels.a'],
      [4, 'metrics[4].labels'],
      [5, 'metrics[5].timestamp'],
      [6, 'metrics[6].timestamp'],
      [7, 'metrics[7].timestamp'],
      [8, 'metrics[8]'],
      [9, 'metrics[9].labels.a'],
    ]);
    expect(rejected.every(({ message }) => /found .*, expected /.test(message))).toBe(true);
    expect((await stored(name))[0]?.points).toHaveLength(2);
  });

  it.each([
    ['no source', { metrics: [] }, 'source'],
    ['a source that is no host', { source: 'a b', metrics: [] }, 'source'],
    ['metrics that are no list', { source: HOST, metrics: {} }, 'metrics'],
    ['a broken state', { source: HOST, metrics: [], state: {} }, 'state.sequence'],
    ['a list', [], ''],
  ])('refuses %s', async (_name, body, path) => {
    const answer = await post({ body });
    expect(answer.status).toBe(400);
    expect(Problem.parse(answer.body).errors?.map((error) => error.path)).toContain(path);
  });

  it.each([
    ['text that is no JSON', { raw: '{"source": "a", "metrics": [}' }, 400],
    ['an empty body', { raw: '' }, 400],
    ['another media type', { raw: 'a,b', headers: { 'content-type': 'text/csv' } }, 415],
    ['another encoding', { raw: 'x', headers: { 'content-encoding': 'zstd' } }, 415],
    ['gzip that is none', { raw: 'x', headers: { 'content-encoding': 'gzip' } }, 400],
    ['60,000 samples', { body: { source: 'a', metrics: Array(60_000).fill(0) } }, 413],
    [
      '60,000 lines',
      { raw: '{}\n'.repeat(60_000), headers: { 'content-type': 'application/x-ndjson' } },
      413,
    ],
    ['17 MiB', { raw: Buffer.alloc(17 * 1024 * 1024, ' ') }, 413],
    [
      'a zip bomb',
      {
        raw: gzipSync(Buffer.alloc(200 * 1024 * 1024)),
        headers: { 'content-encoding': 'gzip' },
      },
      413,
    ],
  ])('refuses %s', async (_name, request, status) => {
    const answer = await post(request);
    expect(answer.status).toBe(status);
    expect(Problem.parse(answer.body).status).toBe(status);
  });

  const large = JSON.stringify({ pad: 'x'.repeat(65 * 1024) });
  it.each([
    ['/agents/enroll', { key: undefined, raw: large }, 413],
    ['/agents/enroll', { key: undefined, raw: '{"pad": 1}' }, 400],
    [
      '/agents/enroll',
      { key: undefined, raw: gzipSync(large), headers: { 'content-encoding': 'gzip' } },
      413,
    ],
    ['/keys', { raw: large }, 413],
    ['/system/stop', { raw: large }, 413],
  ])('lets nobody post much to %s', async (path, request, status) => {
    const answer = await callApi(world.url, 'POST', path, request);
    expect(answer.status).toBe(status);
    expect(Problem.parse(answer.body).status).toBe(status);
  });

  it('takes a batch that is larger than what other routes take', async () => {
    const name = fresh();
    const metrics = Array.from({ length: 2_000 }, (_unused, n) => ({
      name,
      value: n,
      labels: { cpu: '0' },
      timestamp: now - n,
    }));
    const raw = JSON.stringify(batch(metrics));
    expect(raw.length).toBeGreaterThan(64 * 1024);
    expect(await post({ raw })).toMatchObject({ status: 202, body: { accepted: 2_000 } });
  });

  it('says where the text stops being JSON', async () => {
    const answer = await post({ raw: '{"source": "a",\n "metrics": [}' });
    expect(Problem.parse(answer.body).detail).toContain('line 2, column 14');
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
  ] as const)('takes %s', async (encoding, compress) => {
    const name = fresh();
    const body = JSON.stringify(batch([{ name, value: 1, timestamp: now }]));
    const answer = await post({ raw: compress(body), headers: { 'content-encoding': encoding } });
    expect(answer).toMatchObject({ status: 202, body: { accepted: 1 } });
  });

  it('takes NDJSON: samples, whole batches, and lines under a header', async () => {
    const name = fresh();
    const lines = [
      { source: 'a', name, value: 1, timestamp: now },
      { source: 'b', metrics: [{ name, value: 2, timestamp: now }] },
      { source: 'c', batchId: 'n1' },
      { name, value: 3, timestamp: now },
      { name, value: 'x', timestamp: now },
    ];
    const raw = [...lines.map((line) => JSON.stringify(line)), '{broken', ''].join('\n');
    const answer = await post({ raw, headers: { 'content-type': 'application/x-ndjson' } });
    expect(answer.status).toBe(202);
    const { accepted, rejected } = IngestAccepted.parse(answer.body);
    expect(accepted).toBe(3);
    expect(rejected.map(({ index, path }) => [index, path]).sort()).toEqual([
      [4, 'line 5.value'],
      [5, 'line 6'],
    ]);
    const sources = (await stored(name)).map(({ source, points }) => [source, points[0]?.[1]]);
    expect(sources.sort()).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ]);
  });

  it('stores a repeated batch once, also when its samples have no time of their own', async () => {
    const name = fresh();
    const body = batch([{ name, value: 1 }], { batchId: `once-${name}` });
    const answers = await Promise.all([post({ body }), post({ body }), post({ body })]);
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    expect((await post({ body })).body).toEqual({ accepted: 1, rejected: [] });
    expect((await stored(name))[0]?.points).toHaveLength(1);
  });

  it('lets an agent speak for its own host alone', async () => {
    const body = { source: 'db-1.example.org', metrics: [{ name: fresh(), value: 1 }] };
    expect((await post({ key: agentKey, body })).status).toBe(403);
    expect((await post({ key: ingestKey, body })).status).toBe(202);
    const line = JSON.stringify({ source: 'db-1', name: fresh(), value: 1 });
    const ndjson = { raw: line, headers: { 'content-type': 'application/x-ndjson' } };
    expect((await post({ key: agentKey, ...ndjson })).status).toBe(403);
  });

  it('takes the state of a host from its agent, not from whoever may post samples', async () => {
    const body = batch([], { state: snapshotOf(1) });
    expect((await post({ key: ingestKey, body })).status).toBe(403);
    expect((await post({ key: agentKey, body })).status).toBe(202);
  });

  it('publishes states in their order, each once, with the labels of the host', async () => {
    const states = await observeEvents(world.collector, StateObserved);
    for (const counter of [10, 12, 11, 12]) {
      const answer = await post({ key: agentKey, body: batch([], { state: snapshotOf(counter) }) });
      expect(answer.status).toBe(202);
    }
    await post({ key: agentKey, body: batch([], { state: snapshotOf(13) }) });
    await states.until(({ sequence }) => sequence.counter === 13);
    expect(states.messages.map(({ sequence }) => sequence.counter)).toEqual([10, 12, 13]);
    expect(states.messages[0]).toMatchObject({
      host: HOST,
      hostLabels: { role: 'web', zone: 'a' },
    });
    await states.stop();
  });

  it('publishes samples and what checks stand for', async () => {
    const published = await observeEvents(world.collector, MetricsIngested);
    const check = {
      resource: 'production/Service/web',
      replica: 1,
      at: now,
      success: false,
      durationMs: 250,
      starting: false,
    };
    const starting = { ...check, replica: 2, starting: true };
    await post({ key: agentKey, body: batch([], { checks: [check, starting] }) });
    const { samples } = await published.until(({ source }) => source === HOST);
    const values = samples.map(({ name, labels, value }) => [name, labels['replica'], value]);
    expect(values).toEqual([
      ['health_check_failed', '1', 1],
      ['health_check_duration_seconds', '1', 0.25],
      ['health_check_failed', '2', 0],
      ['health_check_duration_seconds', '2', 0.25],
    ]);
    expect(samples[0]?.labels).toMatchObject({ resource: 'production/Service/web', role: 'web' });
    await published.stop();
  });

  it('splits what does not fit into one message', async () => {
    const name = fresh();
    const published = await observeEvents(world.collector, MetricsIngested);
    const label = 'ü'.repeat(500);
    const metrics = Array.from({ length: 3000 }, (_, index) => ({
      name,
      value: index,
      labels: { label },
      timestamp: now + index,
    }));
    expect((await post({ body: batch(metrics) })).body).toMatchObject({ accepted: 3000 });
    await published.until(() => countOf(name) === 3000);
    expect(published.messages.length).toBeGreaterThan(1);
    await published.stop();

    function countOf(metric: string) {
      return published.messages
        .flatMap(({ samples }) => samples)
        .filter((sample) => sample.name === metric).length;
    }
  });
});
