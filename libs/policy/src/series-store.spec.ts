import { SeriesStore } from './series-store.js';

const T0 = 100_000_000;
const CPU = { metric: 'cpu_usage', retentionMs: 60_000, minSamples: 17 };

function store(options = {}): SeriesStore {
  const created = new SeriesStore(options);
  created.require([CPU]);
  return created;
}

const cpu = (timestamp: number, labels = {}, value = 1) => ({
  name: 'cpu_usage',
  labels,
  value,
  timestamp,
});

function series(from: SeriesStore, metric = 'cpu_usage', source?: string) {
  return [...from.seriesOf(metric, source)].map(({ key, count }) => `${key}: ${count}`);
}

describe('SeriesStore', () => {
  it('says what became of each sample', () => {
    const kept = store();
    expect(kept.add('h1', cpu(T0), T0)).toBe('added');
    expect(kept.add('h1', cpu(T0, {}, 2), T0 + 5)).toBe('duplicate');
    expect(kept.add('h1', cpu(T0 - 1000), T0)).toBe('added');
    expect(kept.add('h1', cpu(T0 + 1), T0 + 30_001)).toBe('added');
    expect(kept.add('h1', cpu(T0 + 2), T0 + 30_003)).toBe('late');
    expect(kept.add('h1', cpu(T0 + 300_001), T0)).toBe('future');
    expect(kept.add('h1', { ...cpu(T0), name: 'other' }, T0)).toBe('unneeded');
    expect(kept.add('h1', cpu(T0 + 9, {}, NaN), T0)).toBe('invalid');
    expect(kept.add('h1', cpu(NaN), T0)).toBe('invalid');
  });

  it('lets slow series be later', () => {
    const kept = store();
    for (let n = 0; n < 5; n += 1) kept.add('h1', cpu(T0 + n * 60_000), T0 + n * 60_000);
    const next = T0 + 5 * 60_000;
    expect(kept.add('h1', cpu(next), next + 180_000)).toBe('added');
    expect(kept.add('h1', cpu(next + 1), next + 180_002)).toBe('late');
  });

  it('tells series apart by source and labels, in whatever order the labels are', () => {
    const kept = store();
    kept.add('h1', cpu(T0, { a: '1', b: '2' }), T0);
    kept.add('h1', cpu(T0 + 1, { b: '2', a: '1' }), T0);
    kept.add('h2', cpu(T0, { a: '1', b: '2' }), T0);
    kept.add('h1', cpu(T0, { a: '1' }), T0);
    expect(series(kept)).toEqual([
      'a="1",b="2",source="h1": 2',
      'a="1",source="h1": 1',
      'a="1",b="2",source="h2": 1',
    ]);
    expect(series(kept, 'cpu_usage', 'h2')).toEqual(['a="1",b="2",source="h2": 1']);
  });

  it('does not confuse many series of one source', () => {
    const kept = store();
    for (let round = 0; round < 2; round += 1) {
      for (let n = 0; n < 20; n += 1) {
        const labels = round === 0 ? { pid: `${n}`, x: '1' } : { x: '1', pid: `${n}` };
        kept.add('h1', cpu(T0 + round, labels), T0);
      }
    }
    expect(kept.size).toBe(20);
    expect(new Set(series(kept)).size).toBe(20);
    expect(series(kept).every((text) => text.endsWith(': 2'))).toBe(true);
  });

  it('does not let labels claim another source', () => {
    const kept = store();
    kept.add('h1', cpu(T0, { source: 'h2' }), T0);
    expect(series(kept)).toEqual(['source="h1": 1']);
  });

  it('refuses new series when it is full, and counts what it refused', () => {
    const kept = store({ maxSeries: 2 });
    kept.add('h1', cpu(T0, { n: '1' }), T0);
    kept.add('h1', cpu(T0, { n: '2' }), T0);
    expect(kept.add('h1', cpu(T0, { n: '3' }), T0)).toBe('full');
    expect(kept.add('h1', cpu(T0 + 1, { n: '1' }), T0)).toBe('added');
    expect([kept.size, kept.refused]).toEqual([2, 1]);
  });

  it('knows which sources are alive', () => {
    const kept = store();
    kept.heard('h1', T0);
    expect(kept.isAlive('h1', T0 - 1)).toBe(false);
    expect(kept.isAlive('h1', T0 + 30_000)).toBe(true);
    expect(kept.isAlive('h1', T0 + 30_001)).toBe(false);
    expect(kept.isAlive('h2', T0)).toBe(false);
    // Any sample tells, also one that no condition reads.
    kept.add('h1', { ...cpu(T0), name: 'other' }, T0 + 60_000);
    expect(kept.isAlive('h1', T0 + 90_000)).toBe(true);
  });

  it('forgets a source that left', () => {
    const kept = store();
    kept.add('h1', cpu(T0), T0);
    kept.add('h2', cpu(T0), T0);
    kept.forgetSource('h1');
    expect(series(kept)).toEqual(['source="h2": 1']);
    expect([...kept.sources()]).toEqual(['h2']);
    expect(kept.add('h1', cpu(T0 + 1), T0)).toBe('added');
    expect(kept.size).toBe(2);
  });

  it('drops series that ended while their source lives on', () => {
    const kept = store();
    kept.add('h1', cpu(T0, { pid: '1' }), T0);
    kept.add('h2', cpu(T0, { pid: '2' }), T0);
    const later = T0 + 300_000 + CPU.retentionMs;
    kept.heard('h1', later);
    kept.sweep(later);
    expect(kept.size).toBe(2);
    kept.heard('h1', later + 1);
    kept.sweep(later + 1);
    expect(series(kept)).toEqual(['pid="2",source="h2": 1']);
    expect(kept.add('h1', cpu(later, { pid: '1' }), later + 1)).toBe('added');
    expect(kept.size).toBe(2);
  });

  it('begins anew for a target after an action', () => {
    const kept = store();
    kept.add('h1', cpu(T0, { resource: 'a/Service/x' }), T0);
    kept.add('h1', cpu(T0, { resource: 'a/Service/y' }), T0);
    kept.restart({ resource: 'a/Service/x' }, T0 + 1000);
    expect(series(kept).map((text) => text.at(-1))).toEqual(['0', '1']);
    expect(kept.add('h1', cpu(T0 + 999, { resource: 'a/Service/x' }), T0 + 2000)).toBe('late');
    expect(kept.add('h1', cpu(T0 + 1000, { resource: 'a/Service/x' }), T0 + 2000)).toBe('added');
  });

  it('keeps the longest history that is asked for, and drops what is asked for no more', () => {
    const kept = new SeriesStore();
    kept.require([CPU, { ...CPU, retentionMs: 600_000 }, { ...CPU, metric: 'other' }]);
    for (let n = 0; n < 120; n += 1) {
      const at = T0 + n * 10_000;
      kept.add('h1', cpu(at), at);
      kept.add('h1', { ...cpu(at), name: 'other' }, at);
    }
    expect(series(kept)).toEqual(['source="h1": 61']);
    expect(series(kept, 'other')).toEqual(['source="h1": 17']);
    kept.require([{ ...CPU, metric: 'other' }]);
    expect(series(kept)).toEqual([]);
    expect(kept.size).toBe(1);
  });
});
