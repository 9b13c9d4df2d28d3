import { readdirSync, readFileSync } from 'node:fs';
import type { HostReadings } from '../readings.js';
import { Filesystems } from './filesystems.js';
import { parseCpuTimes } from './proc-cpu.js';
import { parseDiskstats } from './proc-diskstats.js';
import { parseMemory } from './proc-memory.js';
import { parseMounts } from './proc-mounts.js';
import { parseNetDev } from './proc-net-dev.js';

const MAX_MOUNTS = 256;

/** Everything from `/proc`, which costs some 0.2 ms for all of it. */
export function linuxReadings(): HostReadings {
  const filesystems = new Filesystems();
  return {
    cpu: () => parseCpuTimes(read('/proc/stat')),
    memory: () => parseMemory(read('/proc/meminfo')),
    disks: () => parseDiskstats(read('/proc/diskstats')),
    interfaces: () => parseNetDev(read('/proc/self/net/dev')),
    processCount: () => readdirSync('/proc').filter((name) => name >= '0' && name <= '9~').length,
    filesystems: () =>
      filesystems.read(parseMounts(read('/proc/self/mounts')).slice(0, MAX_MOUNTS)),
  };
}

function read(path: string): string {
  return readFileSync(path, 'utf8');
}
