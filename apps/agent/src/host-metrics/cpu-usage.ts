import { noData, samples, type Collector } from './collector.js';
import type { CpuTimes, HostReadings } from './readings.js';

/** `cpu_usage`: percent of the time of all processors since the last collection. */
export function cpuUsage(readings: Pick<HostReadings, 'cpu'>, cpus: number): Collector {
  let last: CpuTimes | undefined;
  return {
    name: 'cpu',
    collect() {
      const now = readings.cpu();
      if (now === undefined) return noData('this system does not count the time of its processors');
      const usage = last === undefined ? undefined : usagePercent(last, now);
      last = now;
      if (usage === undefined) return noData('needs two readings');
      return samples({ name: 'cpu_usage', value: usage }, { name: 'cpu_count', value: cpus });
    },
  };
}

/** Undefined when no time has passed, or the counters began anew. */
export function usagePercent(last: CpuTimes, now: CpuTimes): number | undefined {
  const total = now.total - last.total;
  // iowait and steal may go back a little
  const busy = Math.max(0, now.busy - last.busy);
  return total > 0 ? Math.min(100, (100 * busy) / total) : undefined;
}
