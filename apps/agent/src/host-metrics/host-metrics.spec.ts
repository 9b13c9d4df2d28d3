import { Collection } from './collection.js';
import type { Collected, Collector, HostSample } from './collector.js';
import { CounterRate } from './counter-rate.js';
import { cpuUsage, usagePercent } from './cpu-usage.js';
import { diskIo } from './disk-io.js';
import { diskUsage } from './disk-usage.js';
import { load } from './load.js';
import { memoryUsage } from './memory-usage.js';
import { network } from './network.js';
import { silentLog, type Log } from '../log/log.js';

async function valuesOf(collector: Collector): Promise<Record<string, number>> {
  const collected: Collected = await collector.collect();
  if (collected.kind === 'no-data') return {};
  return Object.fromEntries(collected.samples.map(({ name, value }) => [name, value]));
}

describe('cpu_usage', () => {
  it.each([
    [{ busy: 0, total: 0 }, { busy: 50, total: 200 }, 25],
    [{ busy: 10, total: 100 }, { busy: 10, total: 200 }, 0],
    [{ busy: 10, total: 100 }, { busy: 9, total: 200 }, 0],
    [{ busy: 0, total: 100 }, { busy: 100, total: 200 }, 100],
    [{ busy: 5, total: 100 }, { busy: 5, total: 100 }, undefined],
    [{ busy: 5, total: 100 }, { busy: 1, total: 10 }, undefined],
  ])('from %j to %j is %p', (last, now, percent) => {
    expect(usagePercent(last, now)).toBe(percent);
  });

  it('needs two readings', async () => {
    const readings = [
      { busy: 0, total: 0 },
      { busy: 1, total: 4 },
    ];
    const collector = cpuUsage({ cpu: () => readings.shift() }, 2);
    expect(await collector.collect()).toMatchObject({ kind: 'no-data' });
    expect(await valuesOf(collector)).toEqual({ cpu_usage: 25, cpu_count: 2 });
  });
});

describe('memory_usage', () => {
  it('is what a new process could not have', async () => {
    const memory = { totalBytes: 1000, availableBytes: 250, swapTotalBytes: 0, swapFreeBytes: 0 };
    expect(await valuesOf(memoryUsage({ memory: () => memory }))).toEqual({
      memory_usage: 75,
      memory_total_bytes: 1000,
      memory_available_bytes: 250,
      swap_usage: 0,
    });
  });
});

describe('disk_usage', () => {
  it('counts like df: what is reserved for root is neither used nor available', async () => {
    const root = { mountpoint: '/', device: '/dev/vda1', fstype: 'ext4' };
    const sizes = { totalBytes: 1000, usedBytes: 450, availableBytes: 450 };
    const collector = diskUsage({ filesystems: () => Promise.resolve([{ ...root, ...sizes }]) });
    expect(await collector.collect()).toMatchObject({
      samples: [{ name: 'disk_usage', value: 50, labels: root }, {}, {}],
    });
  });
});

describe('rates', () => {
  it('are per second, and unknown at first and after a counter began anew', () => {
    const rate = new CounterRate();
    expect(rate.perSecond('a', 100, 1_000)).toBeUndefined();
    expect(rate.perSecond('a', 150, 1_500)).toBe(100);
    expect(rate.perSecond('a', 10, 2_000)).toBeUndefined();
    expect(rate.perSecond('a', 20, 3_000)).toBe(10);
  });

  it('begin anew for a device that was away', () => {
    const rate = new CounterRate();
    rate.perSecond('a', 100, 1_000);
    rate.forgetOlderThan(2_000);
    expect(rate.perSecond('a', 150, 3_000)).toBeUndefined();
  });

  it('of disks and networks stand beside their counters', async () => {
    let at = 0;
    const disk = {
      device: 'sda',
      reads: 1,
      writes: 1,
      readBytes: 0,
      writtenBytes: 0,
      busySeconds: 0,
    };
    const io = diskIo({ disks: () => [disk] }, () => at);
    const link = {
      interface: 'eth0',
      receivedBytes: 0,
      sentBytes: 0,
      receiveErrors: 0,
      sendErrors: 0,
      receiveDropped: 0,
      sendDropped: 0,
    };
    const net = network({ interfaces: () => [link] }, () => at);
    expect(await valuesOf(io)).not.toHaveProperty('disk_io_usage');
    await net.collect();
    at = 2_000;
    Object.assign(disk, { writtenBytes: 4096, busySeconds: 1 });
    Object.assign(link, { sentBytes: 300 });
    expect(await valuesOf(io)).toMatchObject({
      disk_io_written_bytes_total: 4096,
      disk_io_written_bytes_per_second: 2048,
      disk_io_usage: 50,
    });
    expect(await valuesOf(net)).toMatchObject({
      network_transmit_bytes_total: 300,
      network_transmit_bytes_per_second: 150,
    });
  });
});

describe('load', () => {
  it('has its three averages', async () => {
    expect(await valuesOf(load(() => [1, 2, 3]))).toEqual({ load1: 1, load5: 2, load15: 3 });
  });
});

describe('Collection', () => {
  const good: Collector = {
    name: 'good',
    collect: () => ({ kind: 'samples', samples: [{ name: 'good', value: 1 }] }),
  };
  const empty: Collector = { name: 'empty', collect: () => ({ kind: 'no-data', why: 'nothing' }) };
  const broken: Collector = {
    name: 'broken',
    collect() {
      throw new Error('no such file');
    },
  };
  const hanging: Collector = { name: 'hanging', collect: () => new Promise(() => undefined) };

  const successOf = (about: readonly HostSample[]): Record<string, number> => {
    const successes = about.filter(({ name }) => name === 'vigil_agent_collector_success');
    return Object.fromEntries(
      successes.map(({ labels, value }) => [labels?.['collector'] ?? '', value]),
    );
  };

  it('goes on when a collector fails or hangs, and tells no data from a failure', async () => {
    const collection = new Collection([good, empty, broken, hanging], silentLog, 20);
    const first = await collection.run();
    expect(first.samples).toEqual([{ name: 'good', value: 1 }]);
    expect(first.failures).toBe(2);
    expect(successOf(first.about)).toEqual({ good: 1, empty: 1, broken: 0, hanging: 0 });
    // what hangs is not asked again, and holds nobody up a second time
    const second = await collection.run();
    expect(second.samples).toEqual([{ name: 'good', value: 1 }]);
    expect(second.failures).toBe(2);
  });

  it('writes about a lasting fault once', async () => {
    const said: string[] = [];
    const log: Log = { ...silentLog, warn: (message) => said.push(message) };
    const collection = new Collection([broken], log);
    await collection.run();
    await collection.run();
    expect(said).toEqual(['a collector failed']);
  });
});
