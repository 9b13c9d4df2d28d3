import { parseCondition } from './condition.js';

function codes(text: string): readonly string[] {
  const parsed = parseCondition(text);
  return (parsed.ok ? parsed.warnings : parsed.diagnostics).map(
    ({ code, span }) =>
      `${parsed.ok ? 'warning' : 'error'} ${code}: ${text.slice(span.start, span.end)}`,
  );
}

describe('checkExpression', () => {
  it.each([
    ['cpu_usage > 80%'],
    ['cpu_usage > 80'],
    ['cache_hit_ratio < 80%'],
    ['latency_seconds > 500ms'],
    ['latency_ms > 0.5s'],
    ['network_receive_bytes_total > 5GiB'],
    ['rate(network_receive_bytes_total[1m]) > 5MiB/s'],
    ['disk_read_bytes_per_second > 5MiB/s'],
    ['anything > 5/s'],
    ['anything > 80%'],
    ['count(cpu_usage) > 3'],
    ['health_check_failed'],
    ['anything'],
    ['(a > 1 and b > 2) for 5m'],
    ['a > 1 for 5m and b > 2 for 1m'],
    ['a > 1 and (b > 2 for 5m)'],
    ['not (a > 1 for 5m)'],
    ['a{x="y"} > 1 for 3 attempts'],
  ])('has nothing to say about %s', (text) => {
    expect(codes(text)).toEqual([]);
  });

  it.each([
    ['cpu_usage > 80ms', 'error unit-mismatch: 80ms'],
    ['cpu_usage > 80MiB', 'error unit-mismatch: 80MiB'],
    ['latency_seconds > 80%', 'error unit-mismatch: 80%'],
    ['memory_bytes > 5s', 'error unit-mismatch: 5s'],
    ['count(cpu_usage[5m]) > 80%', 'error unit-mismatch: 80%'],
    ['cpu_usage > 5/s', 'error unit-mismatch: 5/s'],
    ['cpu_usage', 'error not-a-flag: cpu_usage'],
    ['not load1 and x', 'error not-a-flag: load1'],
    ['(a > 1 for 5m) for 5m', 'error nested-for: (a > 1 for 5m)'],
    ['(a > 1 or b increasing for 30m) for 5m', 'error nested-for: b increasing for 30m'],
    ['(a for 3 attempts) for 5m', 'error nested-for: (a for 3 attempts)'],
    ['(a and b) for 3 attempts', 'error attempts-need-samples: (a and b)'],
    ['avg(a[5m]) > 1 for 3 attempts', 'error attempts-need-samples: avg(a[5m]) > 1'],
    ['a > 1 and b > 2 for 5m', 'warning ambiguous-for: b > 2 for 5m'],
    ['a > 1 or b > 2 and c > 3 for 5m', 'warning ambiguous-for: c > 3 for 5m'],
    ['not a > 1 for 5m', 'warning ambiguous-for: a > 1 for 5m'],
  ])('%s: %s', (text, expected) => {
    expect(codes(text)).toEqual([expected]);
  });

  it('says how to write what is ambiguous', () => {
    const parsed = parseCondition('a > 1 and b > 2 for 5m');
    const warning = parsed.ok ? parsed.warnings[0]?.message : undefined;
    expect(warning).toContain('`(a > 1 and b > 2) for …`');
  });

  it('finds everything that is wrong, not only the first', () => {
    expect(codes('cpu_usage > 5ms and load1')).toHaveLength(2);
  });
});
