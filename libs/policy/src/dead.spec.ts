import { parseCondition } from './condition.js';
import { findDead, type DeadCheckOptions } from './dead.js';

function dead(text: string, options?: DeadCheckOptions): readonly string[] {
  const parsed = parseCondition(text);
  if (!parsed.ok) throw new Error(parsed.diagnostics[0]?.message);
  return findDead(parsed.condition, options).map(({ span }) => text.slice(span.start, span.end));
}

describe('findDead', () => {
  it.each([
    ['cpu_usage > 80%'],
    ['cpu_usage >= 100%'],
    ['cpu_usage > 99.9% for 5m'],
    ['anything > 100%'],
    ['x > 5 and y < 3'],
    ['x{a="1"} > 5 and x{a="2"} < 3'],
    ['x > 5 or x < 3'],
    ['x > 5 and not x > 7'],
    ['cpu_usage > 100% or cpu_usage > 90%'],
    ['avg(x[5m]) > 5 and x < 3'],
    ['memory_usage increasing for 30m'],
    ['sum(cpu_usage) > 200%'],
    ['x{a="b", a=~"b.*"} > 1'],
    ['x{a!="b", a!="c"} > 1'],
    ['rate(x[1m]) > 1'],
    ['absent(x{a="b",a="c"}) and y'],
    ['not cpu_usage > 100%'],
    ['x for 1s'],
  ])('%s may become true', (text) => {
    expect(dead(text)).toEqual([]);
  });

  it.each([
    ['cpu_usage > 100%', 'cpu_usage > 100%'],
    ['cpu_usage > 150 for 5m', 'cpu_usage > 150'],
    ['memory_usage < 0', 'memory_usage < 0'],
    ['disk_usage == 101', 'disk_usage == 101'],
    ['avg(cpu_usage[5m]) > 100%', 'avg(cpu_usage[5m]) > 100%'],
    ['count(x) < 0', 'count(x) < 0'],
    ['health_check_failed > 1 for 3 attempts', 'health_check_failed > 1'],
    ['x > 5 and x < 3', 'x > 5 and x < 3'],
    ['x > 5 for 5m and x < 3', 'x > 5 for 5m and x < 3'],
    ['x > 5 and (y > 1 and x <= 5)', 'x > 5 and (y > 1 and x <= 5)'],
    ['x == 5 and x != 5', 'x == 5 and x != 5'],
    ['cpu_usage > 100% and x', 'cpu_usage > 100%'],
    ['not cpu_usage <= 100%', 'cpu_usage <= 100%'],
    ['x{a="b", a!="b"}', 'a!="b"'],
    ['x{a="b", a="c"} > 1 for 5m', 'a="c"'],
    ['x{a="b", a=~"c.*"} increasing for 1h', 'a=~"c.*"'],
    ['x increasing for 1m', 'x increasing for 1m'],
    ['rate(x[10s]) > 5', 'rate(x[10s])'],
  ])('%s never does, because of %s', (text, blamed) => {
    expect(dead(text)).toEqual([blamed]);
  });

  it('blames every branch of an or', () => {
    expect(dead('cpu_usage > 100% or memory_usage > 100%')).toEqual([
      'cpu_usage > 100%',
      'memory_usage > 100%',
    ]);
  });

  it.each([
    ['x > 5 for 1h', 600_000, true],
    ['x > 5 for 1h', 360_000, false],
    ['x > 5 for 1m', 600_000, false],
    ['x increasing for 30m', 300_000, true],
    ['x increasing for 1h', 300_000, false],
    ['rate(x[5m]) > 1', 300_000, true],
  ])('%s with a sample every %d ms: dead is %s', (text, intervalMs, expected) => {
    expect(dead(text, { intervalMs }).length > 0).toBe(expected);
  });

  it('says why', () => {
    const parsed = parseCondition('cpu_usage > 100%');
    if (!parsed.ok) throw new Error('unreachable');
    expect(findDead(parsed.condition)).toMatchObject([
      { message: 'cpu_usage is always from 0 to 100, so it is never > 100%', line: 1, column: 1 },
    ]);
  });
});
