import { performance, type EventLoopUtilization } from 'node:perf_hooks';
import { getHeapSpaceStatistics } from 'node:v8';

const LOOK_EVERY_MS = 15_000;
/** A service that works for a larger share of the time is busy. */
const IDLE_UTILISATION = 0.1;
/** A nursery up to this size is not worth a collection, bytes. */
const SMALL_NURSERY = 6 * 1024 ** 2;
/** A collection stops the process for a tenth of a second: one in five minutes at most. */
const LOOKS_BETWEEN_COLLECTIONS = 20;

/** What is looked at, and what can be done about it. */
export interface Runtime {
  /** Share of the time since the last call in which the event loop was busy, 0 to 1. */
  busyShare(): number;
  /** Resident bytes of V8's nursery. */
  nurseryBytes(): number;
  /** Collects everything, and gives free memory back to the system. */
  collect(): void;
}

/**
 * Gives back the nursery of an idle service. V8 lets it grow to 32 MB while the code is loaded, and makes
 * it small again only in a full collection, which an idle service never needs. A smaller limit instead
 * would cost a busy collector CPU: five times the time in collections with a quarter of the size.
 */
export class IdleMemory {
  private rest = 0;

  constructor(private readonly runtime: Runtime) {}

  /** To be called every 15 s. */
  look(): void {
    const idle = this.runtime.busyShare() <= IDLE_UTILISATION;
    this.rest = Math.max(0, this.rest - 1);
    if (!idle || this.rest > 0 || this.runtime.nurseryBytes() <= SMALL_NURSERY) return;
    this.rest = LOOKS_BETWEEN_COLLECTIONS;
    this.runtime.collect();
  }
}

/** Needs `node --expose-gc`; without, nothing happens. */
export function returnMemoryWhenIdle(): void {
  const { gc } = globalThis;
  if (gc === undefined) return;
  let last: EventLoopUtilization = performance.eventLoopUtilization();
  const memory = new IdleMemory({
    busyShare() {
      const { utilization } = performance.eventLoopUtilization(last);
      last = performance.eventLoopUtilization();
      return utilization;
    },
    nurseryBytes: () =>
      getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')
        ?.physical_space_size ?? 0,
    // the usual flavour keeps the freed pages for later
    collect: () => {
      gc({ type: 'major', flavor: 'last-resort' });
    },
  });
  setInterval(() => {
    memory.look();
  }, LOOK_EVERY_MS).unref();
}
