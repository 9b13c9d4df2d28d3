import { exposition } from './exposition.js';

describe('exposition', () => {
  it('keeps the samples of a name together and tells counters from gauges', () => {
    const text = exposition([
      { name: 'disk_usage', value: 12.5, labels: { mountpoint: '/' } },
      { name: 'reads_total', value: 3 },
      { name: 'disk_usage', value: 80, labels: { mountpoint: '/data', device: 'vdb' } },
    ]);
    expect(text).toBe(
      [
        '# TYPE disk_usage gauge',
        'disk_usage{mountpoint="/"} 12.5',
        'disk_usage{mountpoint="/data",device="vdb"} 80',
        '# TYPE reads_total counter',
        'reads_total 3',
        '',
      ].join('\n'),
    );
  });

  it('escapes what a label may hold', () => {
    const labels = { mountpoint: 'a "quoted" \\ back\nslash' };
    expect(exposition([{ name: 'x', value: 1, labels }])).toContain(
      'x{mountpoint="a \\"quoted\\" \\\\ back\\nslash"} 1\n',
    );
  });
});
