import { cpus, totalmem } from 'node:os';
import type { HostProcesses } from '../process-runtime/host-processes.js';
import type { ProcessSupervisor } from '../process-runtime/process-supervisor.js';
import { noData, samples, type Collector, type HostSample } from './collector.js';
import { CounterRate } from './counter-rate.js';

/**
 * What each supervised process and its descendants use, with the labels `resource` and `replica`.
 * `cpu_usage` and `memory_usage` are percent of the host, so that 100 is the most that there is.
 */
export function replicaUsage(
  supervisor: Pick<ProcessSupervisor, 'liveLaunches'>,
  processes: Pick<HostProcesses, 'usageOf'>,
  now: () => number = () => performance.now(),
): Collector {
  const rates = new CounterRate();
  const cpuCount = Math.max(1, cpus().length);
  return {
    name: 'replicas',
    collect() {
      const at = now();
      const values = supervisor.liveLaunches().flatMap(({ resource, replica, launch }) => {
        const usage = launch.process === undefined ? undefined : processes.usageOf(launch.process);
        if (usage === undefined) return [];
        const labels = { resource, replica: String(replica) };
        const cpu = rates.perSecond(launch.instance, usage.cpuSeconds, at);
        const of = (name: string, value: number): HostSample => ({ name, value, labels });
        return [
          ...(cpu === undefined ? [] : [of('cpu_usage', Math.min(100, (100 * cpu) / cpuCount))]),
          of('memory_usage', (100 * usage.residentBytes) / totalmem()),
          of('process_cpu_seconds_total', usage.cpuSeconds),
          of('process_resident_memory_bytes', usage.residentBytes),
          of('process_threads', usage.threads),
          of('process_uptime_seconds', Math.max(0, (Date.now() - launch.startedAt) / 1000)),
        ];
      });
      rates.forgetOlderThan(at);
      return values.length === 0 ? noData('nothing is supervised') : samples(...values);
    },
  };
}
