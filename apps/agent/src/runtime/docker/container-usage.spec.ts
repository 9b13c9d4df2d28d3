import { containerUsage } from './container-usage.js';

const ID = 'a'.repeat(64);

/** Files as the kernel shows them. */
function reading(files: Readonly<Record<string, string>>) {
  return async (path: string) => Promise.resolve(files[path]);
}

describe('containerUsage', () => {
  it('reads the unified hierarchy', async () => {
    const group = `/system.slice/docker-${ID}.scope`;
    const read = reading({
      '/proc/7/cgroup': `0::${group}\n`,
      [`/sys/fs/cgroup${group}/cpu.stat`]: 'usage_usec 2500000\nuser_usec 1\n',
      [`/sys/fs/cgroup${group}/memory.current`]: '5000\n',
      [`/sys/fs/cgroup${group}/memory.stat`]: 'anon 1\ninactive_file 1000\n',
      [`/sys/fs/cgroup${group}/pids.current`]: '3\n',
    });
    await expect(containerUsage(ID, 7, read)).resolves.toEqual({
      cpuSeconds: 2.5,
      residentBytes: 4_000,
      threads: 3,
    });
  });

  it('reads one hierarchy for each controller', async () => {
    const group = `/docker/${ID}`;
    const read = reading({
      '/proc/7/cgroup': ['9:pids', '4:cpuacct,cpu', '3:memory', '0:']
        .map((line) => `${line}:${line === '0:' ? '' : group}`)
        .join('\n'),
      [`/sys/fs/cgroup/cpuacct${group}/cpuacct.usage`]: '1500000000\n',
      [`/sys/fs/cgroup/memory${group}/memory.usage_in_bytes`]: '5000\n',
      [`/sys/fs/cgroup/memory${group}/memory.stat`]: 'inactive_file 7\ntotal_inactive_file 2000\n',
      [`/sys/fs/cgroup/pids${group}/pids.current`]: '2\n',
    });
    await expect(containerUsage(ID, 7, read)).resolves.toEqual({
      cpuSeconds: 1.5,
      residentBytes: 3_000,
      threads: 2,
    });
  });

  it.each([
    ['a process that has gone', {}],
    ['a process of something else with the same number', { '/proc/7/cgroup': '0::/user.slice\n' }],
    ['accounts that are not shown', { '/proc/7/cgroup': `0::/docker/${ID}\n` }],
  ])('has none of %s', async (_case, files) => {
    await expect(containerUsage(ID, 7, reading(files))).resolves.toBeUndefined();
  });
});
