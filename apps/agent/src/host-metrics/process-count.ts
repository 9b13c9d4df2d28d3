import { noData, samples, type Collector } from './collector.js';
import type { HostReadings } from './readings.js';

/** `process_count`: processes that exist on the host. */
export function processCount(readings: Pick<HostReadings, 'processCount'>): Collector {
  return {
    name: 'process-count',
    async collect() {
      const value = await readings.processCount();
      return value === undefined ? noData('not told') : samples({ name: 'process_count', value });
    },
  };
}
