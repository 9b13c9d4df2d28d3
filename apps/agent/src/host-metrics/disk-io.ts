import { noData, samples, type Collector, type HostSample } from './collector.js';
import { CounterRate } from './counter-rate.js';
import type { DiskCounters, HostReadings } from './readings.js';

/** `disk_io_*` of each block device: counters, and rates since the last collection. */
export function diskIo(
  readings: Pick<HostReadings, 'disks'>,
  now: () => number = () => performance.now(),
): Collector {
  const rates = new CounterRate();
  return {
    name: 'disk-io',
    async collect() {
      const disks = await readings.disks();
      const at = now();
      const values = disks.flatMap((disk) => ofDisk(disk, rates, at));
      rates.forgetOlderThan(at);
      return values.length === 0 ? noData('there is no block device') : samples(...values);
    },
  };
}

function ofDisk(disk: DiskCounters, rates: CounterRate, at: number): HostSample[] {
  const labels = { device: disk.device };
  const rate = (name: string, value: number | undefined, counter: string, factor = 1) => {
    if (value === undefined) return [];
    const perSecond = rates.perSecond(`${disk.device} ${counter}`, value, at);
    return perSecond === undefined ? [] : [{ name, value: perSecond * factor, labels }];
  };
  return [
    { name: 'disk_io_read_bytes_total', value: disk.readBytes, labels },
    { name: 'disk_io_written_bytes_total', value: disk.writtenBytes, labels },
    { name: 'disk_io_reads_total', value: disk.reads, labels },
    { name: 'disk_io_writes_total', value: disk.writes, labels },
    ...rate('disk_io_read_bytes_per_second', disk.readBytes, 'read'),
    ...rate('disk_io_written_bytes_per_second', disk.writtenBytes, 'written'),
    // seconds of work per second, as percent
    ...rate('disk_io_usage', disk.busySeconds, 'busy', 100),
  ];
}
