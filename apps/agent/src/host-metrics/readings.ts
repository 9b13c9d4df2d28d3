/** Time of all processors since boot, in any unit as long as it is one. */
export interface CpuTimes {
  readonly busy: number;
  readonly total: number;
}

export interface MemoryReading {
  readonly totalBytes: number;
  /** What could be given to a new process without swapping. */
  readonly availableBytes: number;
  readonly swapTotalBytes: number;
  readonly swapFreeBytes: number;
}

export interface FilesystemReading {
  readonly mountpoint: string;
  readonly device: string;
  readonly fstype: string;
  readonly totalBytes: number;
  /** Free for everybody; `totalBytes` − `usedBytes` is more, by what is reserved for root. */
  readonly availableBytes: number;
  readonly usedBytes: number;
}

/** Counters of a block device since boot. */
export interface DiskCounters {
  readonly device: string;
  readonly readBytes: number;
  readonly writtenBytes: number;
  readonly reads: number;
  readonly writes: number;
  /** Time in which at least one request was under way; absent where the system does not say. */
  readonly busySeconds?: number;
}

/** Counters of a network interface since boot. */
export interface InterfaceCounters {
  readonly interface: string;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly receiveErrors: number;
  readonly sendErrors: number;
  readonly receiveDropped: number;
  readonly sendDropped: number;
}

/** What an operating system can tell about itself. Undefined: it does not know. */
export interface HostReadings {
  cpu(): CpuTimes | undefined;
  memory(): MemoryReading | undefined | Promise<MemoryReading | undefined>;
  filesystems(): Promise<readonly FilesystemReading[]>;
  disks(): readonly DiskCounters[] | Promise<readonly DiskCounters[]>;
  interfaces(): readonly InterfaceCounters[] | Promise<readonly InterfaceCounters[]>;
  processCount(): number | undefined | Promise<number | undefined>;
}
