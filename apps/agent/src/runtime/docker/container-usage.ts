import { readFile } from 'node:fs/promises';

const CGROUPS = '/sys/fs/cgroup';

export interface ContainerUsage {
  readonly cpuSeconds: number;
  /** Without what the kernel can take back at once. */
  readonly residentBytes: number;
  readonly threads: number;
}

/** How files are read; undefined for one that is not there. */
export type ReadText = (path: string) => Promise<string | undefined>;

/**
 * What all processes of a container use, from the kernel's own accounts: the engine's statistics come
 * from the same files, and take it a second. Undefined when this process does not see them.
 * @param pid of the container's first process, as this host numbers it
 */
export async function containerUsage(
  containerId: string,
  pid: number,
  read: ReadText = readText,
): Promise<ContainerUsage | undefined> {
  const groups = groupsOf((await read(`/proc/${pid}/cgroup`)) ?? '');
  // a pid of another namespace is somebody else's here
  if (![...groups.values()].some((path) => path.includes(containerId))) return undefined;
  const unified = groups.get('');
  return unified !== undefined && unified !== '/' && groups.size === 1
    ? unifiedUsage(`${CGROUPS}${unified}`, read)
    : legacyUsage(groups, read);
}

async function unifiedUsage(path: string, read: ReadText): Promise<ContainerUsage | undefined> {
  const [cpu, memory, stat, pids] = await Promise.all(
    ['cpu.stat', 'memory.current', 'memory.stat', 'pids.current'].map((name) =>
      read(`${path}/${name}`),
    ),
  );
  if (cpu === undefined || memory === undefined) return undefined;
  return {
    cpuSeconds: (field(cpu, 'usage_usec') ?? 0) / 1e6,
    residentBytes: Math.max(0, Number(memory) - (field(stat, 'inactive_file') ?? 0)),
    threads: Number(pids ?? 0),
  };
}

async function legacyUsage(
  groups: ReadonlyMap<string, string>,
  read: ReadText,
): Promise<ContainerUsage | undefined> {
  const of = (controller: string, name: string) =>
    read(`${CGROUPS}/${controller}${groups.get(controller) ?? ''}/${name}`);
  const [cpu, memory, stat, pids] = await Promise.all([
    of('cpuacct', 'cpuacct.usage'),
    of('memory', 'memory.usage_in_bytes'),
    of('memory', 'memory.stat'),
    of('pids', 'pids.current'),
  ]);
  if (cpu === undefined || memory === undefined) return undefined;
  return {
    cpuSeconds: Number(cpu) / 1e9,
    residentBytes: Math.max(0, Number(memory) - (field(stat, 'total_inactive_file') ?? 0)),
    threads: Number(pids ?? 0),
  };
}

/** `/proc/<pid>/cgroup` by controller; the unified hierarchy has none (cgroups(7)). */
function groupsOf(text: string): Map<string, string> {
  const groups = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, controllers, ...path] = line.split(':');
    if (controllers === undefined) continue;
    for (const controller of controllers.split(',')) groups.set(controller, path.join(':'));
  }
  return groups;
}

function field(text: string | undefined, name: string): number | undefined {
  const line = text?.split('\n').find((each) => each.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}

async function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}
