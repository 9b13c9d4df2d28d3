import { parseCpuTimes } from './proc-cpu.js';
import { parseDiskstats } from './proc-diskstats.js';
import { parseMemory } from './proc-memory.js';
import { parseMounts } from './proc-mounts.js';
import { parseNetDev } from './proc-net-dev.js';

describe('/proc/stat', () => {
  it('counts waiting for disks as idle, and guests once', () => {
    const text = 'cpu  100 10 50 800 40 5 5 20 60 3\ncpu0 1 1 1 1 1 1 1 1 0 0\nintr 1\n';
    expect(parseCpuTimes(text)).toEqual({ busy: 190, total: 1030 });
  });

  it('of an old kernel has fewer fields', () => {
    expect(parseCpuTimes('cpu 1 2 3 4\n')).toEqual({ busy: 6, total: 10 });
  });

  it('may say nothing', () => {
    expect(parseCpuTimes('')).toBeUndefined();
  });
});

describe('/proc/meminfo', () => {
  const text = `MemTotal:       16384 kB
MemFree:         1024 kB
MemAvailable:    4096 kB
SwapTotal:       2048 kB
SwapFree:        1024 kB
`;
  it('is in KiB', () => {
    expect(parseMemory(text)).toEqual({
      totalBytes: 16_777_216,
      availableBytes: 4_194_304,
      swapTotalBytes: 2_097_152,
      swapFreeBytes: 1_048_576,
    });
  });

  it('may know of no swap', () => {
    expect(parseMemory(text.replace(/Swap.*\n/g, ''))).toMatchObject({ swapTotalBytes: 0 });
  });

  it.each(['MemTotal', 'MemAvailable'])('is of no use without %s', (name) => {
    expect(parseMemory(text.replace(name, 'Other'))).toBeUndefined();
  });
});

describe('/proc/diskstats', () => {
  const line = (device: string, reads = 10) =>
    `   8       0 ${device} ${reads} 2 2000 30 20 5 4000 60 0 1500 90 0 0 0 0`;

  it('counts sectors of 512 bytes and milliseconds', () => {
    expect(parseDiskstats(line('sda'))).toEqual([
      {
        device: 'sda',
        reads: 10,
        readBytes: 1_024_000,
        writes: 20,
        writtenBytes: 2_048_000,
        busySeconds: 1.5,
      },
    ]);
  });

  it.each(['sda', 'nvme0n1', 'mmcblk0', 'vda', 'xvda', 'dm-0', 'md127'])('takes %s', (device) => {
    expect(parseDiskstats(line(device))).toHaveLength(1);
  });

  it.each(['sda1', 'nvme0n1p2', 'mmcblk0p1', 'vda1', 'loop0', 'ram3', 'sr0', 'zram0'])(
    'leaves %s out',
    (device) => {
      expect(parseDiskstats(line(device))).toEqual([]);
    },
  );

  it('leaves out what was never used', () => {
    expect(parseDiskstats('   8       0 sdb 0 0 0 0 0 0 0 0 0 0 0')).toEqual([]);
  });
});

describe('/proc/net/dev', () => {
  const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:  100       1    0    0    0     0          0         0      100       1    0    0    0     0       0          0
  eth0:1000       10    1    2    0     0          0         0     2000      20    3    4    0     0       0          0
veth12: 5 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0
`;
  it('tells of real interfaces, also without a space after the name', () => {
    expect(parseNetDev(text)).toEqual([
      {
        interface: 'eth0',
        receivedBytes: 1000,
        receiveErrors: 1,
        receiveDropped: 2,
        sentBytes: 2000,
        sendErrors: 3,
        sendDropped: 4,
      },
    ]);
  });
});

describe('/proc/self/mounts', () => {
  const mounts = (...lines: string[]) =>
    parseMounts(lines.join('\n')).map(({ mountpoint }) => mountpoint);

  it('tells of places for files, not of what the kernel shows as files', () => {
    expect(
      mounts(
        'proc /proc proc rw 0 0',
        'tmpfs /run tmpfs rw 0 0',
        '/dev/vda1 / ext4 rw 0 0',
        '/dev/vdb /data xfs rw 0 0',
        'server:/export /mnt/nfs nfs4 rw 0 0',
        'overlay /var/lib/docker/overlay2/x/merged overlay rw 0 0',
      ),
    ).toEqual(['/', '/data', '/mnt/nfs']);
  });

  it('shows a device once, where it was mounted first', () => {
    expect(
      mounts(
        '/dev/vda1 / ext4 rw 0 0',
        '/dev/vda1 /chroot ext4 rw 0 0',
        '/dev/vdb /data xfs rw 0 0',
        '/dev/vdb /bind xfs rw 0 0',
      ),
    ).toEqual(['/', '/data']);
  });

  it('shows the root of a container', () => {
    expect(mounts('overlay / overlay rw 0 0', 'tmpfs /dev tmpfs rw 0 0')).toEqual(['/']);
  });

  it('reads names with spaces', () => {
    expect(mounts('/dev/sdc1 /mnt/My\\040Disk vfat rw 0 0')).toEqual(['/mnt/My Disk']);
  });
});
