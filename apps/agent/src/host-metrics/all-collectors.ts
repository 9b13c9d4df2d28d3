import { cpus, loadavg, uptime as osUptime } from 'node:os';
import type { Collector } from './collector.js';
import { cpuUsage } from './cpu-usage.js';
import { diskIo } from './disk-io.js';
import { diskUsage } from './disk-usage.js';
import { linuxReadings } from './linux/linux-readings.js';
import { load } from './load.js';
import { memoryUsage } from './memory-usage.js';
import { network } from './network.js';
import { portableReadings } from './portable/portable-readings.js';
import { processCount } from './process-count.js';
import { uptime } from './uptime.js';

/** Everything that the agent measures of this host. */
export function allCollectors(): Collector[] {
  const readings = process.platform === 'linux' ? linuxReadings() : portableReadings();
  return [
    cpuUsage(readings, cpus().length),
    memoryUsage(readings),
    diskUsage(readings),
    diskIo(readings),
    network(readings),
    load(loadavg),
    uptime(osUptime),
    processCount(readings),
  ];
}
