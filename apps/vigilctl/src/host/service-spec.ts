import type { DescribedContainer, InheritedField } from '@vigil/contracts';
import { formatBytes, formatCpu, formatDuration, formatPort } from '@vigil/manifests';

export type Spec = Readonly<Record<string, unknown>>;

/** The networks that engines give to containers which ask for none: Docker's, and Podman's. */
const BY_DEFAULT = new Set(['bridge', 'default', 'podman', 'slirp4netns', 'pasta']);
const OF_COMPOSE = 'com.docker.compose.';

/**
 * What a manifest says of a container by itself, as people write it; what repeats its image, or its
 * engine's default, is left out.
 */
export function serviceSpec(described: DescribedContainer, image: string): Spec {
  const { config, stopGracePeriodMs } = described;
  const { container } = config;
  const own = <Value>(field: InheritedField, value: Value) =>
    described.inherited.includes(field) ? undefined : value;
  const spec = {
    runtime: 'docker',
    image,
    entrypoint: someOf(own('entrypoint', container.entrypoint)),
    command: someOf(own('command', config.command)),
    user: own('user', config.user),
    workingDir: own('workingDir', config.workingDir),
    env: variablesOf(described),
    ports: portsOf(described),
    volumes: namedMounts(described),
    networks: networksOf(described),
    labels: labelsOf(described),
    capabilities: capabilitiesOf(described),
    readOnly: container.readOnly || undefined,
    logging: own('logging', container.logging),
    resources: resourcesOf(described),
    stopGracePeriod:
      stopGracePeriodMs === undefined ? undefined : formatDuration(stopGracePeriodMs),
    healthCheck: checkOf(described),
    remediation: { mode: 'observe' },
  };
  return Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined));
}

/** Where volumes without a name are mounted: they are kept, and not declared. */
export function unnamedMounts({ config }: DescribedContainer): string[] {
  return config.container.mounts
    .filter(({ source }) => isUnnamed(source))
    .map(({ target }) => target);
}

function isUnnamed(source: string): boolean {
  return /^[0-9a-f]{64}$/.test(source);
}

/** The files that hold them; one that no file holds is told as what would differ. */
function variablesOf({ config }: DescribedContainer): Spec | undefined {
  const held = Object.entries(config.env).filter(
    ([, value]) => typeof value !== 'string' && 'secretRef' in value,
  );
  return held.length === 0 ? undefined : Object.fromEntries(held);
}

function portsOf({ config }: DescribedContainer): string[] | undefined {
  const isWithout = config.container.networks.some((name) => name === 'host' || name === 'none');
  if (isWithout) return undefined;
  return someOf(
    config.ports.map(({ hostPort, fixed, ...port }) =>
      formatPort(fixed ? { ...port, hostPort } : port),
    ),
  );
}

function namedMounts({ config }: DescribedContainer): string[] | undefined {
  return someOf(
    config.container.mounts
      .filter(({ source }) => !isUnnamed(source))
      .map(({ source, target, readOnly }) => `${source}:${target}${readOnly ? ':ro' : ''}`),
  );
}

/** The network of another container is that one's, and cannot be named. */
function networksOf({ config }: DescribedContainer): string[] | undefined {
  const { networks } = config.container;
  const isUsual = networks.every((name) => BY_DEFAULT.has(name));
  if (isUsual || networks.some((name) => name.startsWith('container:'))) return undefined;
  return [...networks];
}

function labelsOf({ config }: DescribedContainer): Spec | undefined {
  const labels = Object.entries(config.container.labels).filter(
    ([name]) => !name.startsWith(OF_COMPOSE),
  );
  return labels.length === 0 ? undefined : Object.fromEntries(labels);
}

function capabilitiesOf({ config }: DescribedContainer): Spec | undefined {
  const { add, drop } = config.container.capabilities;
  if (add.length === 0 && drop.length === 0) return undefined;
  return { add: someOf(add), drop: someOf(drop) };
}

function resourcesOf({ config }: DescribedContainer): Spec | undefined {
  const { cpuCores, memoryBytes } = config.container.resources;
  if (cpuCores === undefined && memoryBytes === undefined) return undefined;
  return {
    ...(cpuCores === undefined ? {} : { cpu: formatCpu(cpuCores) }),
    ...(memoryBytes === undefined ? {} : { memory: formatBytes(memoryBytes) }),
  };
}

/** The engine's own check, carried out by the agent in the container as the engine does. */
function checkOf({ healthCheck }: DescribedContainer): Spec | undefined {
  if (healthCheck === undefined) return undefined;
  return {
    exec: healthCheck.command,
    interval: formatDuration(healthCheck.intervalMs),
    timeout: formatDuration(healthCheck.timeoutMs),
    failureThreshold: healthCheck.retries,
    startPeriod: formatDuration(healthCheck.startPeriodMs),
  };
}

function someOf<Item>(items: readonly Item[] | undefined): Item[] | undefined {
  return items === undefined || items.length === 0 ? undefined : [...items];
}
