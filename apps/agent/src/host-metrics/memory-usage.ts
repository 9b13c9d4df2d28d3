import { noData, samples, type Collector } from './collector.js';
import type { HostReadings } from './readings.js';

/** `memory_usage`: percent of the memory that a new process could not have. */
export function memoryUsage(readings: Pick<HostReadings, 'memory'>): Collector {
  return {
    name: 'memory',
    async collect() {
      const memory = await readings.memory();
      if (memory === undefined || memory.totalBytes === 0) return noData('nothing is told');
      const { totalBytes, availableBytes, swapTotalBytes, swapFreeBytes } = memory;
      const swapUsed = swapTotalBytes - swapFreeBytes;
      return samples(
        { name: 'memory_usage', value: (100 * (totalBytes - availableBytes)) / totalBytes },
        { name: 'memory_total_bytes', value: totalBytes },
        { name: 'memory_available_bytes', value: availableBytes },
        { name: 'swap_usage', value: swapTotalBytes === 0 ? 0 : (100 * swapUsed) / swapTotalBytes },
      );
    },
  };
}
