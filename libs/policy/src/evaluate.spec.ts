import fc from 'fast-check';
import { parseCondition, type Condition } from './condition.js';
import { findDead } from './dead.js';
import { evaluate, type GroupResult } from './evaluate.js';
import { printExpression } from './print.js';
import { SeriesStore } from './series-store.js';
import { expression } from './testing/expressions.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const T0 = 1_000 * MINUTE;

function condition(text: string): Condition {
  const parsed = parseCondition(text);
  if (!parsed.ok) throw new Error(parsed.diagnostics[0]?.message);
  return parsed.condition;
}

interface Drawn {
  readonly source?: string;
  readonly metric?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** One letter per interval from T0 on: a digit is a value (times ten), `.` is a missing sample. */
  readonly drawing: string;
  readonly intervalMs?: number;
}

/** A store that holds what is drawn, and for each source a heartbeat as long as anything is drawn. */
function storeOf(text: string, series: readonly Drawn[], alive = ['h1']): SeriesStore {
  const store = new SeriesStore();
  store.require(condition(text).metrics);
  for (const { source = 'h1', metric = 'cpu_usage', labels = {}, drawing, intervalMs } of series) {
    for (const [index, letter] of Array.from(drawing).entries()) {
      const timestamp = T0 + index * (intervalMs ?? 10 * SECOND);
      if (alive.includes(source)) store.heard(source, timestamp);
      if (letter === '.') continue;
      const sample = { name: metric, labels, value: Number(letter) * 10, timestamp };
      expect(store.add(source, sample, timestamp)).toBe('added');
    }
  }
  return store;
}

function verdict({ truth, pending }: GroupResult): string {
  return pending ? `${truth}, pending` : truth;
}

function judge(text: string, store: SeriesStore, seconds: number): string {
  const { results } = evaluate(condition(text), store, T0 + seconds * SECOND);
  return results.map(verdict).join(' | ');
}

const on = (drawing: string): Drawn[] => [{ drawing }];

describe('a comparison', () => {
  it.each([
    ['the newest sample decides', '191', 20, 'false'],
    ['the newest sample decides', '119', 20, 'true'],
    ['a sample speaks until the series is stale', '9', 30, 'true'],
    ['then nothing is known', '9', 31, 'unknown'],
    ['also when it was false', '1', 31, 'unknown'],
    ['samples of the future are not seen', '19', 9, 'false'],
    ['before the first sample nothing is known', '9', -1, 'unknown'],
  ])('%s: %s at %d s is %s', (_rule, drawing, seconds, expected) => {
    expect(judge('cpu_usage > 80%', storeOf('cpu_usage > 80%', on(drawing)), seconds)).toBe(
      expected,
    );
  });

  it.each([
    ['1 s', SECOND, 30],
    ['20 s', 20 * SECOND, 60],
    ['2 min', 2 * MINUTE, 300],
  ])(
    'a series with a sample every %s is stale after 3 intervals, 30 s to 5 min',
    (_, intervalMs, limit) => {
      const text = 'cpu_usage > 80%';
      const store = storeOf(text, [{ drawing: '9999', intervalMs }]);
      const last = (3 * intervalMs) / SECOND;
      expect(judge(text, store, last + limit)).toBe('true');
      expect(judge(text, store, last + limit + 1)).toBe('unknown');
    },
  );

  it('tells the value, since when, and why', () => {
    const text = 'cpu_usage{role="web"} > 80%';
    const store = storeOf(text, [{ drawing: '1199', labels: { role: 'web' } }]);
    expect(evaluate(condition(text), store, T0 + 30 * SECOND).results).toMatchObject([
      {
        labels: { role: 'web', source: 'h1' },
        key: 'role="web",source="h1"',
        truth: 'true',
        pending: false,
        value: 90,
        since: T0 + 20 * SECOND,
        evidence: [
          {
            metric: 'cpu_usage',
            source: 'h1',
            labels: { role: 'web', source: 'h1' },
            timestamp: T0 + 30 * SECOND,
            value: 90,
          },
        ],
        reason: 'cpu_usage{role="web"} is 90, > 80%',
      },
    ]);
    expect(evaluate(condition(text), store, T0 + 75 * SECOND).results).toMatchObject([
      {
        truth: 'unknown',
        reason: 'cpu_usage{role="web"} of h1: no sample for 45s (stale after 30s)',
      },
    ]);
  });
});

describe('for a length of time', () => {
  const text = 'cpu_usage > 80% for 1m';

  it.each([
    ['holds from the first true sample on', '1999999', 70, 'true'],
    ['not a moment before', '1999999', 69, 'false, pending'],
    ['one false sample begins it anew', '9999199999', 90, 'false, pending'],
    ['and it is pending from then', '99991999999', 110, 'true'],
    ['what was before the first sample is unknown', '999', 20, 'unknown, pending'],
    ['it holds when data reaches back far enough', '9999999', 60, 'true'],
    ['false now is false', '9999999991', 90, 'false'],
    ['stale now is unknown', '9999999999', 121, 'unknown'],
    ['a missing sample is no interruption', '1999.9999', 80, 'true'],
    ['two of seven missing leave less than 80 %', '1999..9999', 80, 'unknown, pending'],
    ['unknown time does not count', '1999....9999', 100, 'unknown, pending'],
    ['a gap longer than the window resets', '99999999.......99', 160, 'unknown, pending'],
    ['and the time counts from after the gap', '99999999.......9999999', 210, 'true'],
    ['although before the gap it was false', '11111111.......99', 160, 'unknown, pending'],
  ])('%s: %s at %d s is %s', (_rule, drawing, seconds, expected) => {
    expect(judge(text, storeOf(text, on(drawing)), seconds)).toBe(expected);
  });

  it('freezes while the series is stale, and goes on after it', () => {
    // 10 min at 10 s: 100 s of gap, of which 70 s are stale, and later 300 s of data.
    const long = 'cpu_usage > 80% for 10m';
    const drawing = `1${'9'.repeat(40)}${'.'.repeat(9)}${'9'.repeat(60)}`;
    const store = storeOf(long, on(drawing));
    expect(judge(long, store, 400)).toBe('false, pending');
    expect(judge(long, store, 450)).toBe('unknown');
    // 10 s + 600 s without the pause; the stale 70 s are added.
    expect(judge(long, store, 679)).toBe('unknown, pending');
    expect(judge(long, store, 680)).toBe('true');
  });

  it('tells since when it has been true', () => {
    const store = storeOf(text, on('1199999'));
    const [result] = evaluate(condition(text), store, T0 + 60 * SECOND).results;
    expect(result).toMatchObject({
      since: T0 + 20 * SECOND,
      reason: 'cpu_usage is 90, > 80%, for 40s of 1m',
    });
  });

  it('covers a whole that is joined', () => {
    const both = '(cpu_usage > 80% and memory_usage > 50%) for 1m';
    const store = storeOf(both, [
      { drawing: '1999999999' },
      { metric: 'memory_usage', drawing: '1119999999' },
    ]);
    expect(judge(both, store, 89)).toBe('false, pending');
    expect(judge(both, store, 90)).toBe('true');
  });
});

describe('for attempts', () => {
  const text = 'health_check_failed for 3 attempts';
  const checks = (drawing: string): Drawn[] => [{ metric: 'health_check_failed', drawing }];

  it.each([
    ['three in a row', '0111', 30, 'true'],
    ['two are not enough', '0011', 30, 'false, pending'],
    ['a success between ends the count', '1101', 30, 'false, pending'],
    ['the last one succeeded', '1110', 30, 'false'],
    ['what was before two attempts is unknown', '11', 10, 'unknown, pending'],
    ['nothing is known without attempts', '0111', 61, 'unknown'],
    ['a short pause changes nothing', '01.11', 40, 'true'],
    ['what was before a long pause does not count', '0111....1', 80, 'unknown, pending'],
  ])('%s: %s at %d s is %s', (_rule, drawing, seconds, expected) => {
    expect(judge(text, storeOf(text, checks(drawing)), seconds)).toBe(expected);
  });

  it('counts attempts, not time', () => {
    const store = new SeriesStore();
    store.require(condition(text).metrics);
    for (const [timestamp, value] of [
      [T0, 0],
      [T0 + 30_000, 1],
      [T0 + 40_000, 1],
      [T0 + 50_000, 1],
    ] as const) {
      const sample = { name: 'health_check_failed', labels: {}, value, timestamp };
      store.add('h1', sample, timestamp);
    }
    const [result] = evaluate(condition(text), store, T0 + 50_000).results;
    expect(result).toMatchObject({ truth: 'true', since: T0 + 30_000 });
    expect(result?.evidence).toHaveLength(3);
  });
});

describe('a trend', () => {
  const text = 'memory_usage increasing for 10m';

  function trendOf(values: readonly number[], seconds: number): string {
    const store = new SeriesStore();
    store.require(condition(text).metrics);
    values.forEach((value, index) => {
      const timestamp = T0 + index * 10 * SECOND;
      if (!Number.isNaN(value)) {
        store.add('h1', { name: 'memory_usage', labels: {}, value, timestamp }, timestamp);
      }
    });
    return judge(text, store, seconds);
  }

  const rising = Array.from({ length: 61 }, (_, n) => 40 + n / 10);
  const noisy = rising.map((value, n) => value + ([0, 0.9, -0.7, 0.4][n % 4] ?? 0));

  it.each([
    ['rises', rising, 'true'],
    ['rises with noise', noisy, 'true'],
    ['falls', rising.map((value) => -value), 'false'],
    ['is flat', rising.map(() => 50), 'false'],
    ['is noise', rising.map((_, n) => [3, 1, 2, 1][n % 4] ?? 0), 'false'],
    ['takes one step', rising.map((_, n) => (n < 30 ? 50 : 60)), 'false'],
    ['has two points', [40, ...rising.slice(1, 60).map(() => NaN), 90], 'unknown'],
    ['lacks a quarter', rising.map((value, n) => (n > 20 && n < 37 ? NaN : value)), 'unknown'],
    ['lacks its beginning', rising.map((value, n) => (n < 5 ? NaN : value)), 'unknown'],
  ])('of a series that %s', (_what, values, expected) => {
    expect(trendOf(values, 600)).toBe(expected);
  });

  it('is unknown when the series is stale', () => {
    expect(trendOf(rising, 631)).toBe('unknown');
  });

  it('tells the slope per hour', () => {
    const store = storeOf(text, []);
    rising.forEach((value, index) => {
      const timestamp = T0 + index * 10 * SECOND;
      store.add('h1', { name: 'memory_usage', labels: {}, value, timestamp }, timestamp);
    });
    const [result] = evaluate(condition(text), store, T0 + 600 * SECOND).results;
    expect(result?.value).toBeCloseTo(36, 6);
    expect(result?.reason).toMatch(/^memory_usage is increasing over 10m: 36 per hour \(z = /);
  });
});

describe('and, or, not', () => {
  const words = { true: '9', false: '1', unknown: '.' } as const;
  const values = ['true', 'false', 'unknown'] as const;
  const kleene = { true: 2, unknown: 1, false: 0 } as const;

  it.each(values.flatMap((a) => values.map((b) => [a, b] as const)))('of %s and %s', (a, b) => {
    const series: Drawn[] = [
      { metric: 'a', drawing: `1${words[a]}`, intervalMs: 40 * SECOND },
      { metric: 'b', drawing: `1${words[b]}`, intervalMs: 40 * SECOND },
    ];
    // One sample each: stale after 30 s, so that what is not drawn at 40 s is unknown.
    const both = storeOf('a > 50 and b > 50', series);
    const name = (trit: number) => values.find((value) => kleene[value] === trit);
    const and = Math.min(kleene[a], kleene[b]);
    const or = Math.max(kleene[a], kleene[b]);
    expect(judge('a > 50 and b > 50', both, 40)).toBe(name(and));
    expect(judge('a > 50 or b > 50', both, 40)).toBe(name(or));
    expect(judge('not a > 50', both, 40)).toBe(name(2 - kleene[a]));
  });

  it('joins series whose labels agree, and no others', () => {
    const text = 'disk_usage > 80% and cpu_usage > 80%';
    const store = storeOf(
      text,
      [
        { source: 'h1', metric: 'disk_usage', labels: { mount: '/' }, drawing: '9' },
        { source: 'h1', metric: 'disk_usage', labels: { mount: '/var' }, drawing: '1' },
        { source: 'h2', metric: 'disk_usage', labels: { mount: '/' }, drawing: '9' },
        { source: 'h1', drawing: '9' },
        { source: 'h2', drawing: '1' },
      ],
      ['h1', 'h2'],
    );
    const { results } = evaluate(condition(text), store, T0);
    expect(results.map(({ key, truth }) => [key, truth])).toEqual([
      ['mount="/",source="h1"', 'true'],
      ['mount="/var",source="h1"', 'false'],
      ['mount="/",source="h2"', 'false'],
    ]);
  });

  it('pairs series with the same labels when there are others, too', () => {
    const text = 'cpu_usage > 20 and cpu_usage < 80';
    const store = storeOf(text, [{ drawing: '5' }, { drawing: '9', labels: { core: '0' } }]);
    const { results } = evaluate(condition(text), store, T0);
    expect(results.map(({ key, truth }) => [key, truth])).toEqual([
      ['source="h1"', 'true'],
      ['core="0",source="h1"', 'false'],
    ]);
  });

  it('takes a metric that a living source does not have for false', () => {
    const text = 'cpu_usage > 80% and not maintenance';
    expect(judge(text, storeOf(text, on('9')), 0)).toBe('true');
    expect(judge('cpu_usage > 80% and other > 5', storeOf(text, on('9')), 0)).toBe('false');
  });

  it('knows nothing of a metric of a silent source', () => {
    const text = 'absent(x) or cpu_usage > 80%';
    const store = storeOf(text, [{ drawing: '9' }]);
    expect(
      evaluate(condition('cpu_usage > 80% and not y'), store, T0 + 31_000).results,
    ).toMatchObject([{ truth: 'unknown' }]);
  });

  it('gives up on more combinations than it can hold', () => {
    const text = 'a > 1 and b > 1';
    const store = new SeriesStore();
    store.require(condition(text).metrics);
    for (let n = 0; n < 101; n += 1) {
      store.add('h1', { name: 'a', labels: { x: `${n}` }, value: 5, timestamp: T0 }, T0);
      store.add('h1', { name: 'b', labels: { y: `${n}` }, value: 5, timestamp: T0 }, T0);
    }
    expect(evaluate(condition(text), store, T0).results).toMatchObject([
      { truth: 'unknown', reason: 'more than 10000 combinations of labels; select fewer series' },
    ]);
  });
});

describe('an empty result', () => {
  const text = 'other > 5';

  it('of a living source is false', () => {
    const store = storeOf(text, on(''));
    store.heard('h1', T0);
    expect(judge(text, store, 30)).toBe('false');
  });

  it('of a silent source, or of none, is unknown', () => {
    const store = storeOf(text, on(''));
    expect(judge(text, store, 0)).toBe('unknown');
    store.heard('h1', T0);
    expect(judge(text, store, 31)).toBe('unknown');
  });

  it('is unknown when the store had to refuse series', () => {
    const store = new SeriesStore({ maxSeries: 1 });
    store.require(condition('a > 1 or b > 1').metrics);
    store.add('h1', { name: 'a', labels: {}, value: 0, timestamp: T0 }, T0);
    expect(store.add('h1', { name: 'b', labels: {}, value: 9, timestamp: T0 }, T0)).toBe('full');
    expect(judge('b > 1', store, 0)).toBe('unknown');
  });

  it('is told for a group that has gone', () => {
    const store = storeOf('cpu_usage > 80%', on('9'));
    const evaluation = evaluate(condition('cpu_usage > 80%'), store, T0);
    expect(evaluation.missing({ pid: '7', source: 'h1' }).truth).toBe('false');
    expect(evaluation.missing({ pid: '7', source: 'h9' }).truth).toBe('unknown');
  });
});

describe('absent', () => {
  const text = 'absent(heartbeat) for 1m';
  const beat = (drawing: string, source = 'h1'): Drawn => ({
    source,
    metric: 'heartbeat',
    drawing,
  });

  it.each([
    ['there is one', ['99999999999999'], ['h1'], 130, 'false'],
    ['it has gone but is not stale', ['9999999.......'], ['h1'], 89, 'false'],
    ['it has gone and is stale', ['9999999.......'], ['h1'], 100, 'false, pending'],
    ['it has been stale for a minute', ['9999999..........'], ['h1'], 151, 'true'],
    ['its source is silent too', ['9999999..........'], [], 151, 'unknown'],
    ['there never was one', ['.........'], ['h1'], 80, 'true'],
    ['there never was a source', [], [], 80, 'unknown'],
  ])('when %s', (_what, drawings, alive, seconds, expected) => {
    const store = storeOf(
      text,
      drawings.map((drawing) => beat(drawing)),
      alive,
    );
    expect(judge(text, store, seconds)).toBe(expected);
  });

  it('asks only the sources that had it', () => {
    const bare = 'absent(heartbeat)';
    const store = storeOf(bare, [beat('9......', 'h1'), beat('.......', 'h2')], ['h1', 'h2']);
    expect(judge(bare, store, 60)).toBe('true');
    expect(judge('absent(heartbeat{source="h2"})', store, 60)).toBe('true');
    expect(judge('absent(heartbeat{source="h3"})', store, 60)).toBe('unknown');
  });

  it('is unknown while one of its sources is silent, false while one still has it', () => {
    const bare = 'absent(heartbeat)';
    const silent = storeOf(bare, [beat('9......', 'h1'), beat('9......', 'h2')], ['h1']);
    expect(judge(bare, silent, 60)).toBe('unknown');
    const other = storeOf(bare, [beat('9......', 'h1'), beat('9999999', 'h2')], ['h1', 'h2']);
    expect(judge(bare, other, 60)).toBe('false');
  });
});

describe('aggregates', () => {
  const web = (source: string, drawing: string, zone = 'a'): Drawn => ({
    source,
    labels: { role: 'web', zone },
    drawing,
  });

  it.each([
    ['avg(cpu_usage[1m]) > 49', '123456789', 80, 'true'],
    ['avg(cpu_usage[30s]) > 79', '123456789', 80, 'true'],
    ['avg(cpu_usage[30s]) > 80', '123456789', 80, 'false'],
    ['min(cpu_usage[30s]) == 70', '123456789', 80, 'true'],
    ['max(cpu_usage[30s]) == 90', '1234567891', 80, 'true'],
    ['sum(cpu_usage[30s]) == 240', '123456789', 80, 'true'],
    ['count(cpu_usage[30s]) == 3', '123456789', 80, 'true'],
    ['count(cpu_usage[1m]) == 2', '.......89', 80, 'true'],
    ['delta(cpu_usage[30s]) == 20', '123456789', 80, 'true'],
    ['rate(cpu_usage[30s]) == 1', '123456789', 80, 'true'],
    ['rate(cpu_usage[40s]) == 1/s', '136013', 50, 'true'],
    ['p95(cpu_usage[110s]) > 80', '123456789', 80, 'unknown'],
    ['p95(cpu_usage[80s]) > 85', '123456789', 80, 'true'],
    ['avg(cpu_usage[1m]) > 1', '999', 20, 'unknown'],
    ['avg(cpu_usage[1m]) > 1', '9999999', 91, 'unknown'],
    ['avg(cpu_usage[1m]) > 1', '99999.9', 60, 'true'],
    ['avg(cpu_usage[1m]) > 1', '9999..9', 60, 'unknown'],
    ['rate(cpu_usage[10s]) > 1', '123456789', 80, 'unknown'],
  ])('%s on %s at %d s is %s', (text, drawing, seconds, expected) => {
    expect(judge(text, storeOf(text, on(drawing)), seconds)).toBe(expected);
  });

  it('groups by labels', () => {
    const text = 'avg(cpu_usage) by (zone) > 50%';
    const series = [web('h1', '9'), web('h2', '3'), web('h3', '1', 'b')];
    const { results } = evaluate(condition(text), storeOf(text, series), T0);
    expect(results.map(({ key, truth, value }) => [key, truth, value])).toEqual([
      ['zone="a"', 'true', 60],
      ['zone="b"', 'false', 10],
    ]);
  });

  it('is one group over everything without by, and per series with a range', () => {
    const series = [web('h1', '99'), web('h2', '33')];
    const over = (text: string) =>
      evaluate(condition(text), storeOf(text, series), T0 + 10_000).results.map(({ key }) => key);
    expect(over('sum(cpu_usage) > 1')).toEqual(['']);
    expect(over('sum(cpu_usage[10s]) by () > 1')).toEqual(['']);
    expect(over('sum(cpu_usage[10s]) > 1')).toHaveLength(2);
  });

  it('is unknown as a whole while a member is stale', () => {
    const text = 'sum(cpu_usage) by (role) > 50';
    const store = storeOf(text, [web('h1', '9'), web('h2', '99999')]);
    expect(judge(text, store, 30)).toBe('true');
    expect(judge(text, store, 40)).toBe('unknown');
    store.forgetSource('h1');
    expect(judge(text, store, 40)).toBe('true');
  });

  it('can be held', () => {
    const text = 'avg(cpu_usage[30s]) > 80% for 1m';
    const store = storeOf(text, on('1119999999999'));
    expect(judge(text, store, 50)).toBe('false, pending');
    expect(judge(text, store, 109)).toBe('false, pending');
    expect(judge(text, store, 110)).toBe('true');
  });
});

describe('the source of a scope', () => {
  it('limits what is looked at when groups belong to one source', () => {
    const text = 'cpu_usage > 80%';
    const store = storeOf(text, [{ drawing: '9' }, { source: 'h2', drawing: '1' }], ['h1', 'h2']);
    const { results } = evaluate(condition(text), store, T0, { source: 'h2' });
    expect(results.map(({ key }) => key)).toEqual(['source="h2"']);
    const nothing = evaluate(condition(text), store, T0, { source: 'h3' }).results;
    expect(nothing).toMatchObject([{ labels: { source: 'h3' }, truth: 'unknown' }]);
  });

  it.each([
    ['cpu_usage > 80% for 5m', true],
    ['avg(cpu_usage[5m]) > 1', true],
    ['avg(cpu_usage[5m]) by (source) > 1', true],
    ['avg(cpu_usage[5m]) by (role) > 1', false],
    ['sum(cpu_usage) > 1 and x', false],
    ['absent(x)', false],
  ])('%s is per source: %s', (text, expected) => {
    expect(condition(text).perSource).toBe(expected);
  });

  it('does not limit what spans sources', () => {
    const text = 'sum(cpu_usage) > 80';
    const store = storeOf(text, [{ drawing: '5' }, { source: 'h2', drawing: '5' }], ['h1', 'h2']);
    expect(evaluate(condition(text), store, T0, { source: 'h2' }).results).toMatchObject([
      { truth: 'true', value: 100 },
    ]);
  });
});

describe('truthFor', () => {
  it('asks the groups whose labels agree', () => {
    const text = 'cpu_usage < 50%';
    const store = storeOf(
      text,
      [
        { drawing: '1', labels: { core: '0' } },
        { drawing: '9', labels: { core: '1' } },
        { source: 'h2', drawing: '1' },
      ],
      ['h1', 'h2'],
    );
    const evaluation = evaluate(condition(text), store, T0);
    expect(evaluation.truthFor({ source: 'h1', core: '0' })).toBe('true');
    expect(evaluation.truthFor({ source: 'h1' })).toBe('false');
    expect(evaluation.truthFor({ source: 'h2', mount: '/' })).toBe('true');
    expect(evaluation.truthFor({ source: 'h3' })).toBe('unknown');
  });
});

describe('what a condition needs', () => {
  it('is kept for as long as it can matter', () => {
    const text = 'avg(cpu_usage[5m]) > 1 for 10m or health_check_failed for 30 attempts';
    expect(condition(text).metrics).toEqual([
      { metric: 'cpu_usage', retentionMs: 35 * MINUTE, minSamples: 17 },
      { metric: 'health_check_failed', retentionMs: 5 * MINUTE, minSamples: 47 },
    ]);
    expect(condition(text).maxWindowMs).toBe(10 * MINUTE);
  });
});

describe('whatever the condition', () => {
  const sample = fc.record({
    metric: fc.constantFrom('a', 'b', 'c', 'x', 'y'),
    source: fc.constantFrom('h1', 'h2'),
    labels: fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('1', '2'), { maxKeys: 2 }),
    second: fc.nat(600),
    value: fc.integer({ min: -5, max: 5 }),
  });

  it('is evaluated without a failure, and gives one result per group', () => {
    fc.assert(
      fc.property(expression, fc.array(sample, { maxLength: 60 }), (any, samples) => {
        const text = printExpression(any).replace(/\b[a-z_]\w*(?=\{| [<>=!]=?|\[|\))/g, (word) =>
          'abcxy'.charAt(word.length % 5),
        );
        const parsed = parseCondition(text);
        if (!parsed.ok) return;
        const store = new SeriesStore();
        store.require(parsed.condition.metrics);
        for (const { metric, source, labels, second, value } of samples) {
          const timestamp = T0 + second * SECOND;
          store.add(source, { name: metric, labels, value, timestamp }, timestamp);
        }
        const { results } = evaluate(parsed.condition, store, T0 + 600 * SECOND);
        expect(results.length).toBeGreaterThan(0);
        expect(new Set(results.map(({ key }) => key)).size).toBe(results.length);
        for (const { truth, pending, reason, evidence } of results) {
          expect(['true', 'false', 'unknown']).toContain(truth);
          expect(truth === 'true' && pending).toBe(false);
          expect(reason).not.toBe('');
          expect(evidence.length).toBeLessThanOrEqual(8);
        }
        expect(findDead(parsed.condition)).toBeInstanceOf(Array);
      }),
      { numRuns: 1000 },
    );
  });

  it('loses what it knew when data goes stale, but never says the opposite', () => {
    const leaf = fc.constantFrom('a > 50', 'b > 50', 'c <= 50', 'd');
    const { text } = fc.letrec<{ text: string }>((tie) => ({
      text: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.tuple(tie('text'), tie('text')).map(([x, y]) => `(${x} and ${y})`),
        fc.tuple(tie('text'), tie('text')).map(([x, y]) => `(${x} or ${y})`),
        tie('text').map((x) => `not ${x}`),
      ),
    }));
    const truths = fc.array(fc.boolean(), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(text, truths, truths, (written, values, stale) => {
        // One sample at 0 s, which is stale at 40 s, and one at 40 s unless it went missing.
        const series = (isStale: boolean) =>
          ['a', 'b', 'c', 'd'].map((metric, n): Drawn => {
            const value = values[n] === true ? '9' : '0';
            const drawing = isStale && stale[n] === true ? '9.' : `9${value}`;
            return { metric, drawing, intervalMs: 40 * SECOND };
          });
        const all = 'a > 1 and b > 1 and c > 1 and d';
        const known = judge(written, storeOf(all, series(false)), 40);
        const less = judge(written, storeOf(all, series(true)), 40);
        expect(known).not.toBe('unknown');
        expect([known, 'unknown']).toContain(less);
      }),
    );
  });
});
