import type { DiskCounters } from '../readings.js';

/** The kernel counts in sectors of 512 bytes, whatever the device has. */
const SECTOR_BYTES = 512;

/** Memory, loops and optical drives are no disks. */
const IGNORED = /^(ram|loop|fd|sr|zram)\d+$/;

/** A partition's work is contained in that of its disk: `sda1`, `nvme0n1p1`, `mmcblk0p2`. */
const PARTITION = /^((h|s|v|xv)d[a-z]+\d+|(nvme\d+n\d+|mmcblk\d+|nbd\d+)p\d+)$/;

/** The text of `/proc/diskstats` (Documentation/admin-guide/iostats.rst), whole disks that were ever used. */
export function parseDiskstats(text: string): DiskCounters[] {
  return text.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const device = fields[2];
    const number = (index: number) => Number(fields[index] ?? 0);
    if (device === undefined || IGNORED.test(device) || PARTITION.test(device)) return [];
    if (number(3) === 0 && number(7) === 0) return [];
    return [
      {
        device,
        reads: number(3),
        readBytes: number(5) * SECTOR_BYTES,
        writes: number(7),
        writtenBytes: number(9) * SECTOR_BYTES,
        busySeconds: number(12) / 1000,
      },
    ];
  });
}
