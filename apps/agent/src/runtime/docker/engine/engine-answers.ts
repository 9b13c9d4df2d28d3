import { z } from 'zod';
import { count, flag, keys, text } from './answer-fields.js';

/**
 * What the engine answers, as far as the agent needs it, in one form: engines leave out, or send as
 * null, what another one sends as an empty list. Docker 20.10 to 29 and Podman's compatible API.
 */

const texts = z
  .union([z.array(z.string()), z.string()])
  .nullish()
  .transform((value) => (typeof value === 'string' ? [value] : (value ?? [])));
const textMap = z
  .record(z.string(), z.string())
  .nullish()
  .transform((value) => value ?? {});
/** RFC 3339, in Unix milliseconds; the year 1 stands for never. */
const time = z
  .string()
  .nullish()
  .transform((value) => {
    const at = Date.parse(value ?? '');
    return at > 0 ? at : undefined;
  });
const bindings = z
  .record(z.string(), z.array(z.object({ HostIp: text, HostPort: text })).nullish())
  .nullish()
  .transform((value) =>
    Object.entries(value ?? {}).flatMap(([port, hosts]) =>
      (hosts ?? []).map(({ HostIp, HostPort }) => ({
        port: Number.parseInt(port, 10),
        protocol: port.split('/')[1] ?? 'tcp',
        hostIp: HostIp,
        /** 0: any that is free. */
        hostPort: Number(HostPort),
      })),
    ),
  );
const mount = z
  .object({ Type: text, Name: text, Source: text, Destination: text, RW: z.boolean().nullish() })
  .transform(({ Type, Name, Source, Destination, RW }) => ({
    type: Type,
    name: Name,
    source: Source,
    target: Destination,
    isReadOnly: RW === false,
  }));

const State = z
  .object({
    Status: text,
    Running: flag,
    Paused: flag,
    Restarting: flag,
    OOMKilled: flag,
    Pid: count,
    ExitCode: count,
    Error: text,
    StartedAt: text,
    FinishedAt: time,
  })
  .transform((state) => ({
    status: state.Status,
    isRunning: state.Running,
    isPaused: state.Paused,
    isRestarting: state.Restarting,
    isOutOfMemory: state.OOMKilled,
    pid: state.Pid,
    exitCode: state.ExitCode,
    error: state.Error,
    /** With all digits of the engine: tells one launch of a container from another. */
    started: state.StartedAt,
    startedAt: time.parse(state.StartedAt),
    finishedAt: state.FinishedAt,
  }));

const HostConfig = z
  .object({
    PortBindings: bindings,
    NetworkMode: text,
    RestartPolicy: z
      .object({ Name: text, MaximumRetryCount: count })
      .nullish()
      .transform((policy) => policy ?? { Name: '', MaximumRetryCount: 0 }),
    CapAdd: texts,
    CapDrop: texts,
    ReadonlyRootfs: flag,
    LogConfig: z
      .object({ Type: text, Config: textMap })
      .nullish()
      .transform((log) => log ?? { Type: '', Config: {} }),
    NanoCpus: count,
    CpuQuota: count,
    CpuPeriod: count,
    Memory: count,
    MemorySwap: count,
  })
  .transform((host) => ({
    portBindings: host.PortBindings,
    networkMode: host.NetworkMode,
    restartPolicy: { name: host.RestartPolicy.Name, retries: host.RestartPolicy.MaximumRetryCount },
    capAdd: host.CapAdd,
    capDrop: host.CapDrop,
    readOnly: host.ReadonlyRootfs,
    log: { driver: host.LogConfig.Type, options: host.LogConfig.Config },
    nanoCpus: host.NanoCpus,
    cpuQuota: host.CpuQuota,
    cpuPeriod: host.CpuPeriod,
    memory: host.Memory,
    memorySwap: host.MemorySwap,
  }));

const Config = z
  .object({
    Image: text,
    User: text,
    Env: texts,
    Cmd: texts,
    Entrypoint: texts,
    WorkingDir: text,
    Labels: textMap,
    Volumes: keys,
  })
  .transform((config) => ({
    image: config.Image,
    user: config.User,
    env: config.Env,
    command: config.Cmd,
    entrypoint: config.Entrypoint,
    workingDir: config.WorkingDir,
    labels: config.Labels,
    /** Paths that get a volume of their own unless one is given. */
    volumes: config.Volumes,
  }));
const NO_CONFIG = Config.parse({});

/** `GET /containers/{id}/json`. */
export const InspectedContainer = z
  .object({
    Id: z.string(),
    Name: text,
    Created: time,
    Image: text,
    RestartCount: count,
    State,
    Config,
    HostConfig,
    Mounts: z
      .array(mount)
      .nullish()
      .transform((mounts) => mounts ?? []),
    NetworkSettings: z
      .object({
        Ports: bindings,
        Networks: z
          .record(z.string(), z.object({ IPAddress: text, GlobalIPv6Address: text }).nullish())
          .nullish()
          .transform((networks) =>
            Object.entries(networks ?? {}).map(([name, endpoint]) => ({
              name,
              /** Empty while it does not run. */
              address: addressOf(endpoint ?? { IPAddress: '', GlobalIPv6Address: '' }),
            })),
          ),
      })
      .nullish()
      .transform((settings) => settings ?? { Ports: [], Networks: [] }),
  })
  .transform((container) => ({
    id: container.Id,
    name: container.Name.replace(/^\//, ''),
    createdAt: container.Created ?? 0,
    /** `sha256:…` of the image that it was made from. */
    imageId: withAlgorithm(container.Image),
    /** By the engine itself, since somebody started it. */
    restartCount: container.RestartCount,
    state: container.State,
    config: container.Config,
    host: container.HostConfig,
    mounts: container.Mounts,
    ports: container.NetworkSettings.Ports,
    networks: container.NetworkSettings.Networks,
  }));
export type InspectedContainer = z.infer<typeof InspectedContainer>;

/** `GET /images/{name}/json`. */
export const InspectedImage = z
  .object({
    Id: z.string(),
    RepoDigests: texts,
    Config: Config.nullish().transform((config) => config ?? NO_CONFIG),
  })
  .transform((image) => ({
    id: withAlgorithm(image.Id),
    repoDigests: image.RepoDigests,
    config: image.Config,
  }));
export type InspectedImage = z.infer<typeof InspectedImage>;

/** One of `GET /containers/json`. */
export const ListedContainer = z
  .object({
    Id: z.string(),
    Names: texts,
    Image: text,
    State: text,
    Labels: textMap,
    Ports: z
      .array(z.object({ PublicPort: z.number().nullish(), Type: text }))
      .nullish()
      .transform((ports) => ports ?? []),
  })
  .transform((container) => ({
    id: container.Id,
    name: ownName(container.Names),
    image: container.Image,
    state: container.State,
    labels: container.Labels,
    hostPorts: [
      ...new Set(
        container.Ports.flatMap(({ PublicPort, Type }) =>
          PublicPort !== undefined && PublicPort !== null && Type === 'tcp' ? [PublicPort] : [],
        ),
      ),
    ].sort((a, b) => a - b),
  }));
export type ListedContainer = z.infer<typeof ListedContainer>;

/** Beside it stand the names that links of other containers give it, `/other/alias`, in any order. */
function ownName(names: readonly string[]): string {
  const plain = names.map((name) => name.replace(/^\//, ''));
  return plain.find((name) => !name.includes('/')) ?? plain[0] ?? '';
}

/** One line of `GET /events`. */
export const EngineEvent = z
  .object({
    Type: text,
    Action: text,
    Actor: z
      .object({ ID: text, Attributes: textMap })
      .nullish()
      .transform((actor) => actor ?? { ID: '', Attributes: {} }),
    time: count,
    timeNano: count,
  })
  .transform((event) => ({
    type: event.Type,
    action: event.Action,
    id: event.Actor.ID,
    attributes: event.Actor.Attributes,
    /** Unix ms. */
    at: event.timeNano > 0 ? event.timeNano / 1e6 : event.time * 1000,
  }));
export type EngineEvent = z.infer<typeof EngineEvent>;

/** One line of the progress of `POST /images/create`. */
export const PullProgress = z
  .object({
    status: text,
    id: text,
    error: text,
    progressDetail: z.object({ current: count, total: count }).nullish(),
  })
  .transform(({ status, id, error, progressDetail }) => ({
    status,
    layer: id,
    error,
    current: progressDetail?.current ?? 0,
    total: progressDetail?.total ?? 0,
  }));
export type PullProgress = z.infer<typeof PullProgress>;

/** The one of version 4 if there is one. */
function addressOf(endpoint: { readonly IPAddress: string; readonly GlobalIPv6Address: string }) {
  return endpoint.IPAddress === '' ? endpoint.GlobalIPv6Address : endpoint.IPAddress;
}

/** Podman tells ids of images without the algorithm. */
function withAlgorithm(id: string): string {
  return id === '' || id.includes(':') ? id : `sha256:${id}`;
}
