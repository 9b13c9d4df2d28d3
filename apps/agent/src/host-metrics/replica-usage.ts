import { cpus, totalmem } from 'node:os';
import type { Runtimes } from '../runtime/runtimes.js';
import { noData, samples, type Collector, type HostSample } from './collector.js';
import { CounterRate } from './counter-rate.js';

/**
 * What each replica uses, with all that it has started, with the labels `resource` and `replica`.
 * `cpu_usage` and `memory_usage` are percent of the host, so that 100 is the most that there is.
 */
export function replicaUsage(
  runtimes: Pick<Runtimes, 'usage'>,
  now: () => number = () => performance.now(),
): Collector {
  const rates = new CounterRate();
  const cpuCount = Math.max(1, cpus().length);
  return {
    name: 'replicas',
    async collect() {
      const usages = await runtimes.usage();
      const at = now();
      const values = usages.flatMap(({ resource, replica, instance, startedAt, ...usage }) => {
        const labels = { resource, replica: String(replica) };
        const cpu = rates.perSecond(instance, usage.cpuSeconds, at);
        const of = (name: string, value: number): HostSample => ({ name, value, labels });
        return [
          ...(cpu === undefined ? [] : [of('cpu_usage', Math.min(100, (100 * cpu) / cpuCount))]),
          of('memory_usage', (100 * usage.residentBytes) / totalmem()),
          of('process_cpu_seconds_total', usage.cpuSeconds),
          of('process_resident_memory_bytes', usage.residentBytes),
          of('process_threads', usage.threads),
          of('process_uptime_seconds', Math.max(0, (Date.now() - startedAt) / 1000)),
        ];
      });
      rates.forgetOlderThan(at);
      return values.length === 0 ? noData('nothing is supervised') : samples(...values);
    },
  };
}
