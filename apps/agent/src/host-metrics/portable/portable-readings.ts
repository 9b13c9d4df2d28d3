import { cpus, freemem, totalmem } from 'node:os';
import type { HostReadings } from '../readings.js';

/**
 * Hosts without `/proc`. What Node itself does not know comes from systeminformation, which is loaded
 * when it is first asked.
 */
export function portableReadings(): HostReadings {
  return {
    cpu() {
      const times = cpus().map((cpu) => cpu.times);
      const busy = times.reduce(
        (sum, time) => sum + time.user + time.nice + time.sys + time.irq,
        0,
      );
      const idle = times.reduce((sum, time) => sum + time.idle, 0);
      return times.length === 0 ? undefined : { busy, total: busy + idle };
    },
    async memory() {
      const { mem } = await system();
      const { available, swaptotal, swapfree } = await mem();
      return {
        totalBytes: totalmem(),
        availableBytes: available > 0 ? available : freemem(),
        swapTotalBytes: swaptotal,
        swapFreeBytes: swapfree,
      };
    },
    async filesystems() {
      const { fsSize } = await system();
      return (await fsSize()).map((entry) => ({
        mountpoint: entry.mount,
        device: entry.fs,
        fstype: entry.type,
        totalBytes: entry.size,
        usedBytes: entry.used,
        availableBytes: entry.available,
      }));
    },
    async disks() {
      const { fsStats, disksIO } = await system();
      const [io, bytes] = await Promise.all([disksIO(), fsStats()]);
      return [
        {
          device: 'all',
          reads: io.rIO,
          writes: io.wIO,
          readBytes: bytes.rx,
          writtenBytes: bytes.wx,
        },
      ];
    },
    async interfaces() {
      const { networkStats } = await system();
      return (await networkStats('*')).map((entry) => ({
        interface: entry.iface,
        receivedBytes: entry.rx_bytes,
        sentBytes: entry.tx_bytes,
        receiveErrors: entry.rx_errors,
        sendErrors: entry.tx_errors,
        receiveDropped: entry.rx_dropped,
        sendDropped: entry.tx_dropped,
      }));
    },
    async processCount() {
      const { processes } = await system();
      return (await processes()).all;
    },
  };
}

function system() {
  return import('systeminformation').then((module) => module.default);
}
