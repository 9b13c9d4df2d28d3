export interface Mount {
  readonly device: string;
  readonly mountpoint: string;
  readonly fstype: string;
}

/** Filesystems that are no place for files, as in node_exporter's default list. */
const VIRTUAL = new Set([
  'autofs',
  'binfmt_misc',
  'bpf',
  'cgroup',
  'cgroup2',
  'configfs',
  'debugfs',
  'devpts',
  'devtmpfs',
  'efivarfs',
  'fusectl',
  'hugetlbfs',
  'iso9660',
  'mqueue',
  'nsfs',
  'overlay',
  'proc',
  'pstore',
  'ramfs',
  'rpc_pipefs',
  'securityfs',
  'selinuxfs',
  'squashfs',
  'sysfs',
  'tmpfs',
  'tracefs',
]);

/** Places where other things are mounted for their own use. */
const IGNORED_PLACE = /^\/(dev|proc|sys|run|var\/lib\/(docker|containers|kubelet))($|\/)/;

/**
 * The text of `/proc/self/mounts` (fstab(5)): real filesystems, each device once. The root counts
 * whatever it is: in a container it is an overlay.
 */
export function parseMounts(text: string): Mount[] {
  const byDevice = new Map<string, Mount>();
  for (const line of text.split('\n')) {
    const [device, place, fstype] = line.split(' ');
    if (device === undefined || place === undefined || fstype === undefined) continue;
    const mountpoint = unescape(place);
    const isReal = !VIRTUAL.has(fstype) && !IGNORED_PLACE.test(mountpoint);
    if (!isReal && mountpoint !== '/') continue;
    // a device that is mounted twice (a bind mount) is shown where it was mounted first
    const key = mountpoint === '/' ? '/' : device;
    if (!byDevice.has(key)) byDevice.set(key, { device: unescape(device), mountpoint, fstype });
  }
  const root = byDevice.get('/');
  return [...byDevice.values()].filter((mount) => mount === root || mount.device !== root?.device);
}

/** Spaces, tabs, line ends and backslashes stand as octal numbers. */
function unescape(text: string): string {
  return text.replace(/\\(\d{3})/g, (_match, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
