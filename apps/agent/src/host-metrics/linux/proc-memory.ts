import type { MemoryReading } from '../readings.js';

/** The text of `/proc/meminfo` (proc_meminfo(5)); its unit `kB` is 1024 bytes. */
export function parseMemory(meminfo: string): MemoryReading | undefined {
  const bytes = (name: string) => {
    const value = new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(meminfo)?.[1];
    return value === undefined ? undefined : Number(value) * 1024;
  };
  const totalBytes = bytes('MemTotal');
  const availableBytes = bytes('MemAvailable');
  if (totalBytes === undefined || availableBytes === undefined) return undefined;
  return {
    totalBytes,
    availableBytes,
    swapTotalBytes: bytes('SwapTotal') ?? 0,
    swapFreeBytes: bytes('SwapFree') ?? 0,
  };
}
