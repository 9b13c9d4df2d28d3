import { constants } from 'node:os';
import type {
  ContainerDetails,
  EngineDefaults,
  ImageDetails,
} from '../engine/container-details.js';
import type { InspectedContainer, InspectedImage } from '../engine/engine-answers.js';
import { composeOrigin } from './compose-origin.js';

/** A container as its engine tells of it, with everything that helps to understand it. */
export interface FullContainer {
  readonly container: InspectedContainer;
  readonly details: ContainerDetails;
  /** The one that it was made from; undefined when the engine does not have it any more. */
  readonly image: { readonly image: InspectedImage; readonly details: ImageDetails } | undefined;
  readonly defaults: EngineDefaults;
  /** It spells out what it gives to every container. */
  readonly isPodman: boolean;
}

/**
 * What makes the container what it is and cannot be said in a manifest, for people: a container that
 * Vigil makes in its place is without it.
 */
export function unsayable(full: FullContainer): string[] {
  return ASPECTS.flatMap((aspect) => aspect(full));
}

type Aspect = (full: FullContainer) => string[];

const ASPECTS: readonly Aspect[] = [
  privilegesOf,
  devicesOf,
  mountsOf,
  kernelOf,
  namespacesOf,
  limitsOf,
  namesOf,
  networksOf,
  portsOf,
  programOf,
  lifeOf,
];

const SAME_MEMORY_AND_SWAP = 2;
const USUAL_SHM_BYTES = 64 * 1024 ** 2;
const IO_LIMITS = [
  'BlkioWeightDevice',
  'BlkioDeviceReadBps',
  'BlkioDeviceWriteBps',
  'BlkioDeviceReadIOps',
  'BlkioDeviceWriteIOps',
] as const;
const RUN_ON = new Set(['always', 'unless-stopped']);

function privilegesOf({ details: { HostConfig: host } }: FullContainer): string[] {
  return [
    ...when(host.Privileged, 'privileged mode'),
    ...each('security option', host.SecurityOpt),
    ...each('further group', host.GroupAdd.map(String)),
  ];
}

function devicesOf({ details: { HostConfig: host } }: FullContainer): string[] {
  return [
    ...each(
      'device',
      host.Devices.map(({ PathOnHost }) => PathOnHost),
    ),
    ...when(host.DeviceRequests.length > 0, 'devices by request, such as GPUs'),
    ...each('rule for devices', host.DeviceCgroupRules),
  ];
}

function mountsOf({ details }: FullContainer): string[] {
  const { HostConfig: host, Mounts: mounts } = details;
  const inMemory = mounts.filter(({ Type }) => Type === 'tmpfs').map((it) => it.Destination);
  const binds = mounts.filter(({ Type }) => Type === 'bind');
  return [
    ...each('tmpfs', [...new Set([...host.Tmpfs, ...inMemory])]),
    ...mounts
      .filter(({ Type }) => !['bind', 'volume', 'tmpfs'].includes(Type))
      .map(({ Type, Destination }) => `mount of type ${Type} at ${Destination}`),
    ...binds
      .filter(({ Propagation }) => !['', 'private', 'rprivate'].includes(Propagation))
      .map(({ Propagation, Destination }) => `propagation ${Propagation} of ${Destination}`),
    ...binds
      .filter(({ Mode }) => Mode.split(',').some((mode) => mode === 'z' || mode === 'Z'))
      .map(({ Destination }) => `SELinux label of ${Destination}`),
    ...host.Mounts.filter(
      ({ BindOptions: bind, VolumeOptions: volume }) =>
        bind?.NonRecursive === true || volume?.NoCopy === true || (volume?.Subpath ?? '') !== '',
    ).map(({ Target }) => `options of the mount ${Target}`),
    ...each('volumes from', host.VolumesFrom),
    ...each('storage option', host.StorageOpt),
  ];
}

function kernelOf({ details: { HostConfig: host }, isPodman }: FullContainer): string[] {
  const limits = isPodman ? [] : host.Ulimits.map(({ Name }) => Name);
  return [
    ...each('sysctl', host.Sysctls),
    ...each('ulimit', [...new Set(limits)]),
    ...when(host.OomScoreAdj !== 0, `OOM score ${host.OomScoreAdj}`),
    ...when(host.OomKillDisable, 'protection from the OOM killer'),
    ...given('parent cgroup', host.CgroupParent),
  ];
}

function namespacesOf({ container, details: { HostConfig: host } }: FullContainer): string[] {
  const { networkMode } = container.host;
  return [
    ...given('PID mode', host.PidMode, ['private']),
    ...given('IPC mode', host.IpcMode, ['private', 'shareable']),
    ...given('UTS mode', host.UTSMode, ['private']),
    ...given('user namespace mode', host.UsernsMode),
    ...when(networkMode.startsWith('container:'), 'network of another container'),
  ];
}

function limitsOf({ details, defaults, isPodman }: FullContainer): string[] {
  const { HostConfig: host } = details;
  const swap = host.MemorySwap;
  const usualSwap = swap === 0 || swap === host.Memory * SAME_MEMORY_AND_SWAP;
  const ofEngine = isPodman
    ? []
    : [
        ...when(
          host.ShmSize !== 0 && host.ShmSize !== USUAL_SHM_BYTES,
          `${host.ShmSize} bytes of /dev/shm`,
        ),
        ...when(host.PidsLimit > 0, `limit of ${host.PidsLimit} processes`),
        ...given('runtime', host.Runtime, [defaults.runtime, 'runc', 'io.containerd.runc.v2']),
      ];
  return [
    ...ofEngine,
    ...when(host.CpuShares > 0, `${host.CpuShares} shares of CPU`),
    ...given('CPUs', host.CpusetCpus),
    ...given('memory nodes', host.CpusetMems),
    ...when(
      host.BlkioWeight > 0 || IO_LIMITS.some((limit) => host[limit].length > 0),
      'limits of block I/O',
    ),
    ...when(host.MemoryReservation > 0, `reservation of ${host.MemoryReservation} bytes of memory`),
    ...when(!usualSwap, swap < 0 ? 'swap without a limit' : `memory and swap of ${swap} bytes`),
  ];
}

function namesOf({ container, details }: FullContainer): string[] {
  const { Config: config, HostConfig: host } = details;
  const { networkMode } = container.host;
  const isShared = networkMode === 'host' || networkMode.startsWith('container:');
  const isOwn = !isShared && config.Hostname !== container.id.slice(0, 12);
  return [
    ...when(isOwn && host.UTSMode === '' && config.Hostname !== '', `host name ${config.Hostname}`),
    ...given('domain name', config.Domainname),
    ...each('extra host', host.ExtraHosts),
    ...each('DNS server', host.Dns),
    ...each('DNS option', host.DnsOptions),
    ...each('DNS search domain', host.DnsSearch),
    ...each('link', host.Links),
  ];
}

/** Made anew, a container is found by its old name and by that of its resource. */
function networksOf({ container, details }: FullContainer): string[] {
  const service = composeOrigin(container.config.labels)?.service;
  const known = new Set([container.name, container.id.slice(0, 12), service]);
  return [
    ...given('MAC address', details.Config.MacAddress),
    ...details.NetworkSettings.flatMap(({ name, Aliases, Links, IPAMConfig, DriverOpts }) => [
      ...Aliases.filter((alias) => !known.has(alias)).map(
        (alias) => `name ${alias} in network ${name}`,
      ),
      ...IPAMConfig.filter((address) => address !== '').map(
        (address) => `address ${address} in network ${name}`,
      ),
      ...when(Links.length > 0, `links in network ${name}`),
      ...when(DriverOpts.length > 0, `options in network ${name}`),
    ]),
  ];
}

/** Of each port of the container a manifest publishes one host port, on every address or on one. */
function portsOf({ details: { HostConfig: host } }: FullContainer): string[] {
  return host.PortBindings.flatMap(([key, bindings]) => {
    const [port = '', protocol = 'tcp'] = key.split('/');
    const published = bindings.map(({ HostIp, HostPort }) => ({
      address: ['', '0.0.0.0', '::'].includes(HostIp) ? '' : HostIp,
      text: HostPort === '' ? port : `${HostPort}:${port}`,
      hostPort: HostPort,
    }));
    if (protocol !== 'tcp' && protocol !== 'udp') {
      return published.map(({ text }) => `port ${text}/${protocol}`);
    }
    const addresses = new Set(published.map(({ address }) => address));
    const hostPorts = new Set(published.map(({ hostPort }) => hostPort));
    return [
      ...when(addresses.size > 1, `several addresses of port ${port}`),
      ...when(hostPorts.size > 1, `several host ports of port ${port}`),
      ...[...hostPorts]
        .filter((hostPort) => hostPort.includes('-'))
        .map((hostPort) => `range of host ports ${hostPort}:${port}`),
    ];
  });
}

function programOf({ container, details, image }: FullContainer): string[] {
  const { StopSignal, Tty, OpenStdin, Healthcheck } = details.Config;
  const usualSignals = ['SIGTERM', signalName(image?.details.stopSignal ?? '')];
  const isTaken =
    container.config.entrypoint.length === 0 && (image?.image.config.entrypoint.length ?? 0) > 0;
  return [
    ...when(isTaken, 'that it is without the entrypoint of its image'),
    ...given('stop signal', signalName(StopSignal), usualSignals),
    ...when(Tty, 'terminal (tty)'),
    ...when(OpenStdin, 'open standard input'),
    ...when(details.HostConfig.Init, 'init process of the engine'),
    ...when((Healthcheck?.StartInterval ?? 0) > 0, 'start interval of its health check'),
  ];
}

/** Podman tells numbers, and people write names with and without `SIG`. */
function signalName(text: string): string {
  const upper = text.toUpperCase();
  const byNumber = Object.entries(constants.signals).find(([, number]) => String(number) === text);
  return byNumber?.[0] ?? (upper === '' || upper.startsWith('SIG') ? upper : `SIG${upper}`);
}

function lifeOf({ container, details }: FullContainer): string[] {
  const { name, retries } = container.host.restartPolicy;
  const policy = name === '' ? 'no' : name;
  return [
    ...when(!RUN_ON.has(policy), `restart policy ${policy}${retries > 0 ? `:${retries}` : ''}`),
    ...when(details.HostConfig.AutoRemove, 'that it is removed when it ends (--rm)'),
    ...when((details.Config.StopTimeout ?? 0) < 0, 'stop time-out without an end'),
  ];
}

function when(holds: boolean, what: string): string[] {
  return holds ? [what] : [];
}

function each(what: string, values: readonly string[]): string[] {
  return values.map((value) => `${what} ${value}`);
}

function given(what: string, value: string, usual: readonly string[] = []): string[] {
  return value === '' || usual.includes(value) ? [] : [`${what} ${value}`];
}
