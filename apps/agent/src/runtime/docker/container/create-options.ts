import { RESTART_POLICY } from '@vigil/drift';
import type { ContainerSpec } from '../../../state/container-record.js';
import type { CreateOptions } from '../engine/engine.js';
import { imageLabels } from './labels.js';

/** Everything that a container is made with, resolved on this host. */
export interface CreateRequest {
  readonly name: string;
  readonly spec: ContainerSpec;
  /** What the engine is to make it from: the manifest's image, or exactly one that it once named. */
  readonly image: string;
  /** Names that others find it by in networks that people have made. */
  readonly aliases: readonly string[];
  /** With secrets read. */
  readonly env: Readonly<Record<string, string>>;
  /** Those of Vigil. */
  readonly labels: Readonly<Record<string, string>>;
  /** Volumes without a name that the container before it had, as `volume:path`. */
  readonly inherited: readonly string[];
}

/** What the engine is asked to make. What the manifest leaves out is left to the image and the engine. */
export function createOptions({
  name,
  spec,
  image,
  aliases,
  env,
  labels,
  inherited,
}: CreateRequest): CreateOptions {
  const { command, entrypoint, user, workingDir, capabilities, readOnly, logging } = spec;
  const [network] = spec.networks ?? [];
  const publishes = network !== 'host' && network !== 'none';
  const ports = publishes ? spec.ports : [];
  return {
    name,
    Image: image,
    Env: Object.entries(env).map(([key, value]) => `${key}=${value}`),
    Labels: { ...spec.labels, ...labels, ...imageLabels(spec.image, image) },
    ...(command === undefined ? {} : { Cmd: command }),
    ...(entrypoint === undefined ? {} : { Entrypoint: entrypoint }),
    ...(user === undefined ? {} : { User: user }),
    ...(workingDir === undefined ? {} : { WorkingDir: workingDir }),
    ExposedPorts: Object.fromEntries(ports.map((port) => [keyOf(port), {}])),
    HostConfig: {
      RestartPolicy: { Name: RESTART_POLICY },
      Binds: [...spec.volumes, ...inherited],
      PortBindings: Object.fromEntries(ports.map((port) => [keyOf(port), [bindingOf(port)]])),
      ...(network === undefined ? {} : { NetworkMode: network }),
      ...(capabilities?.add === undefined ? {} : { CapAdd: capabilities.add }),
      ...(capabilities?.drop === undefined ? {} : { CapDrop: capabilities.drop }),
      ...(readOnly === undefined ? {} : { ReadonlyRootfs: readOnly }),
      ...(logging === undefined
        ? {}
        : { LogConfig: { Type: logging.driver, Config: logging.options } }),
      ...limits(spec.resources),
    },
    ...(network === undefined || !resolvesNames(network)
      ? {}
      : { NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: [...aliases] } } } }),
  };
}

type Port = ContainerSpec['ports'][number];

/** The engine's name of a port. */
function keyOf({ port, protocol = 'tcp' }: Port): string {
  return `${port}/${protocol}`;
}

function bindingOf({ hostPort, hostAddress }: Port) {
  return {
    HostPort: hostPort === undefined ? '' : String(hostPort),
    ...(hostAddress === undefined ? {} : { HostIp: hostAddress }),
  };
}

/** In the engine's own networks nobody has a name. */
function resolvesNames(network: string): boolean {
  return !OF_ENGINE.has(network) && !network.startsWith('container:');
}

const OF_ENGINE: ReadonlySet<string> = new Set(['default', 'bridge', 'host', 'none']);

/** The networks beyond the first one, which the engine joins one by one. */
export function furtherNetworks({ networks }: ContainerSpec): string[] {
  return (networks ?? []).slice(1);
}

function limits({ cpuCores, memoryBytes }: NonNullable<ContainerSpec['resources']> = {}) {
  return {
    ...(cpuCores === undefined ? {} : { NanoCpus: nanoCpus(cpuCores) }),
    ...(memoryBytes === undefined ? {} : { Memory: memoryBytes }),
  };
}

/** The engine's unit for cores. */
export function nanoCpus(cores: number): number {
  return Math.round(cores * 1e9);
}
