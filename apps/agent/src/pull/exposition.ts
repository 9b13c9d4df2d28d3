import type { HostSample } from '../host-metrics/collector.js';

/** The text format 0.0.4 of Prometheus. Samples of one name stand together, as the format demands. */
export function exposition(samples: readonly HostSample[]): string {
  const byName = new Map<string, HostSample[]>();
  for (const sample of samples) {
    const group = byName.get(sample.name);
    if (group === undefined) byName.set(sample.name, [sample]);
    else group.push(sample);
  }
  let text = '';
  for (const [name, group] of byName) {
    text += `# TYPE ${name} ${name.endsWith('_total') ? 'counter' : 'gauge'}\n`;
    for (const { value, labels } of group) text += `${name}${labelText(labels)} ${value}\n`;
  }
  return text;
}

function labelText(labels: HostSample['labels']): string {
  const pairs = Object.entries(labels ?? {}).map(([name, value]) => `${name}="${escape(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escape(value: string): string {
  return value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
}
