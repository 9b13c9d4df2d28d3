import { noData, samples, type Collector } from './collector.js';
import type { HostReadings } from './readings.js';

/** `disk_usage` of each filesystem: percent of what is not reserved for root, as `df` counts. */
export function diskUsage(readings: Pick<HostReadings, 'filesystems'>): Collector {
  return {
    name: 'disk-usage',
    async collect() {
      const filesystems = await readings.filesystems();
      if (filesystems.length === 0) return noData('there is no filesystem of a known size');
      return samples(
        ...filesystems.flatMap((filesystem) => {
          const { mountpoint, device, fstype, usedBytes, availableBytes, totalBytes } = filesystem;
          const labels = { mountpoint, device, fstype };
          const usable = usedBytes + availableBytes;
          return [
            { name: 'disk_usage', value: usable === 0 ? 0 : (100 * usedBytes) / usable, labels },
            { name: 'disk_total_bytes', value: totalBytes, labels },
            { name: 'disk_available_bytes', value: availableBytes, labels },
          ];
        }),
      );
    },
  };
}
