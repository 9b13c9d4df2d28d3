import { readdirSync, readFileSync } from 'node:fs';

/** CPU time of all threads of a process in milliseconds: finer than the 10 ms of /proc/PID/stat. */
export function cpuMilliseconds(pid: number): number {
  const threads = readdirSync(`/proc/${String(pid)}/task`);
  const nanoseconds = threads.map((thread) => {
    const text = readFileSync(`/proc/${String(pid)}/task/${thread}/schedstat`, 'utf8');
    return Number(text.split(' ')[0]);
  });
  return nanoseconds.reduce((sum, value) => sum + value, 0) / 1e6;
}

/** Resident memory in MiB: all of it, its fair share of what is shared, and what is its own. */
export function memory(pid: number): { rss_mib: number; pss_mib: number; private_mib: number } {
  const text = readFileSync(`/proc/${String(pid)}/smaps_rollup`, 'utf8');
  const kibibytes = (name: string) =>
    Number(new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(text)?.[1] ?? Number.NaN);
  const mib = (value: number) => Math.round((value / 1024) * 10) / 10;
  return {
    rss_mib: mib(kibibytes('Rss')),
    pss_mib: mib(kibibytes('Pss')),
    private_mib: mib(kibibytes('Private_Clean') + kibibytes('Private_Dirty')),
  };
}
