import { z } from 'zod';
import { count, flag, keys, text } from './answer-fields.js';

/**
 * What the engine answers to an inspection beyond what a manifest can say, in one form: engines leave
 * out, or send as null, what another one sends as an empty list. Docker 20.10 to 29 and Podman.
 */

const texts = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? []);
function listOf<Item extends z.ZodType>(item: Item) {
  return z
    .array(item)
    .nullish()
    .transform((value) => value ?? []);
}
const bindings = z
  .record(z.string(), listOf(z.object({ HostIp: text, HostPort: text })))
  .nullish()
  .transform((value) => Object.entries(value ?? {}));

/** Times in nanoseconds; 0 stands for the engine's default. */
const Healthcheck = z
  .object({
    Test: texts,
    Interval: count,
    Timeout: count,
    StartPeriod: count,
    StartInterval: count,
    Retries: count,
  })
  .nullish();
export type Healthcheck = NonNullable<z.output<typeof Healthcheck>>;

const Config = z.object({
  Hostname: text,
  Domainname: text,
  MacAddress: text,
  Tty: flag,
  OpenStdin: flag,
  StopSignal: text,
  /** Seconds. */
  StopTimeout: z.number().nullish(),
  Healthcheck,
  /** That of `CMD-SHELL`. */
  Shell: texts,
});

const HostConfig = z.object({
  PortBindings: bindings,
  Privileged: flag,
  Devices: listOf(z.object({ PathOnHost: text })),
  DeviceRequests: listOf(z.unknown()),
  DeviceCgroupRules: texts,
  Tmpfs: keys,
  Sysctls: keys,
  Ulimits: listOf(z.object({ Name: text })),
  ExtraHosts: texts,
  Dns: texts,
  DnsOptions: texts,
  DnsSearch: texts,
  PidMode: text,
  IpcMode: text,
  UTSMode: text,
  UsernsMode: text,
  SecurityOpt: texts,
  ShmSize: count,
  GroupAdd: listOf(z.union([z.string(), z.number()])),
  CgroupParent: text,
  Init: flag,
  OomScoreAdj: count,
  OomKillDisable: flag,
  PidsLimit: count,
  CpuShares: count,
  CpusetCpus: text,
  CpusetMems: text,
  BlkioWeight: count,
  BlkioWeightDevice: listOf(z.unknown()),
  BlkioDeviceReadBps: listOf(z.unknown()),
  BlkioDeviceWriteBps: listOf(z.unknown()),
  BlkioDeviceReadIOps: listOf(z.unknown()),
  BlkioDeviceWriteIOps: listOf(z.unknown()),
  Memory: count,
  MemoryReservation: count,
  MemorySwap: count,
  Runtime: text,
  VolumesFrom: texts,
  Links: texts,
  AutoRemove: flag,
  StorageOpt: keys,
  Mounts: listOf(
    z.object({
      Target: text,
      BindOptions: z.object({ NonRecursive: flag }).nullish(),
      VolumeOptions: z.object({ NoCopy: flag, Subpath: text }).nullish(),
    }),
  ),
});

const Endpoint = z
  .object({
    Aliases: texts,
    Links: texts,
    DriverOpts: keys,
    IPAMConfig: z
      .object({ IPv4Address: text, IPv6Address: text })
      .nullish()
      .transform((given) => [given?.IPv4Address ?? '', given?.IPv6Address ?? '']),
  })
  .nullish();

/** Of `GET /containers/{id}/json`. */
export const ContainerDetails = z.object({
  Config,
  HostConfig,
  Mounts: listOf(z.object({ Type: text, Destination: text, Mode: text, Propagation: text })),
  NetworkSettings: z
    .object({ Networks: z.record(z.string(), Endpoint).nullish() })
    .nullish()
    .transform((settings) =>
      Object.entries(settings?.Networks ?? {}).flatMap(([name, endpoint]) =>
        endpoint === undefined || endpoint === null ? [] : [{ name, ...endpoint }],
      ),
    ),
});
export type ContainerDetails = z.infer<typeof ContainerDetails>;

/** Of `GET /images/{name}/json`. */
export const ImageDetails = z
  .object({ Config: z.object({ StopSignal: text }).nullish() })
  .transform(({ Config: config }) => ({ stopSignal: config?.StopSignal ?? '' }));
export type ImageDetails = z.infer<typeof ImageDetails>;

/** Of `GET /info`: what containers have that say nothing else. */
export const EngineDefaults = z
  .object({ LoggingDriver: text, DefaultRuntime: text })
  .transform(({ LoggingDriver, DefaultRuntime }) => ({
    logDriver: LoggingDriver,
    runtime: DefaultRuntime,
  }));
export type EngineDefaults = z.infer<typeof EngineDefaults>;
