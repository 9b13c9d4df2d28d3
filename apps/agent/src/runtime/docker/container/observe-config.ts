import type { ObservedConfig, ObservedContainer } from '@vigil/contracts';
import type { HealthCheck } from '@vigil/manifests';
import { posix } from 'node:path';
import type { InspectedContainer, InspectedImage } from '../engine/engine-answers.js';
import { declaredLabels, namedImage } from './labels.js';
import { cpuCoresOf } from './update-options.js';

/** A container with its images. */
export interface SeenContainer {
  readonly container: InspectedContainer;
  /** The one that it was made from; undefined when the engine does not have it any more. */
  readonly image: InspectedImage | undefined;
  /** What the manifest's name of it names now. */
  readonly currentImage: InspectedImage | undefined;
}

/** How a container was really started, in the words of the contract. */
export function observeConfig(
  seen: SeenContainer,
  env: ObservedConfig['env'],
  healthCheck: HealthCheck | undefined,
): ObservedConfig {
  const { config } = seen.container;
  return {
    command: config.command,
    env,
    ...(config.workingDir === '' ? {} : { workingDir: config.workingDir }),
    ...(config.user === '' ? {} : { user: config.user }),
    ports: portsOf(seen.container),
    ...(healthCheck === undefined ? {} : { healthCheck }),
    container: observeContainer(seen),
  };
}

function observeContainer({ container, image, currentImage }: SeenContainer): ObservedContainer {
  const { config, host } = container;
  const cpuCores = cpuCoresOf(host);
  return {
    id: container.id,
    name: container.name,
    image: {
      reference: namedImage(config),
      id: container.imageId,
      ...(currentImage === undefined ? {} : { currentId: currentImage.id }),
      repoDigests: [...(image?.repoDigests ?? [])].sort(),
    },
    entrypoint: config.entrypoint,
    mounts: mountsOf(container, image),
    networks: networksOf(container),
    labels: declaredLabels(config.labels, image?.config.labels ?? {}),
    capabilities: { add: capabilities(host.capAdd), drop: capabilities(host.capDrop) },
    readOnly: host.readOnly,
    logging: host.log,
    resources: {
      ...(cpuCores === undefined ? {} : { cpuCores }),
      ...(host.memory > 0 ? { memoryBytes: host.memory } : {}),
    },
    restartPolicy:
      host.restartPolicy.retries > 0
        ? `${host.restartPolicy.name}:${host.restartPolicy.retries}`
        : host.restartPolicy.name,
  };
}

/**
 * The ports that are published. The host port that the engine chose is known only while the container
 * runs; before and after that it is 0.
 */
function portsOf({ host, ports }: InspectedContainer): ObservedConfig['ports'] {
  const published = new Map<string, ObservedConfig['ports'][number]>();
  for (const binding of [...host.portBindings, ...ports]) {
    const { port, protocol, hostIp, hostPort } = binding;
    if (protocol !== 'tcp' && protocol !== 'udp') continue;
    const key = `${port}/${protocol}`;
    const known = published.get(key);
    published.set(key, {
      port,
      hostPort: hostPort || (known?.hostPort ?? 0),
      fixed: known?.fixed ?? host.portBindings.some((each) => isSamePort(each, binding)),
      ...(protocol === 'udp' ? { protocol } : {}),
      ...addressOf(known === undefined ? hostIp : (known.hostAddress ?? '')),
    });
  }
  return [...published.values()].sort(
    (a, b) => a.port - b.port || (a.protocol ?? '').localeCompare(b.protocol ?? ''),
  );
}

type Binding = InspectedContainer['host']['portBindings'][number];

function isSamePort(fixed: Binding, { port, protocol }: Binding): boolean {
  return fixed.port === port && fixed.protocol === protocol && fixed.hostPort > 0;
}

function addressOf(hostIp: string): { hostAddress?: string } {
  return EVERY_ADDRESS.has(hostIp) ? {} : { hostAddress: hostIp };
}

/** Engines tell ports that are published everywhere in each of these ways. */
const EVERY_ADDRESS: ReadonlySet<string> = new Set(['', '0.0.0.0', '::']);

/**
 * A volume that the engine made because the image wants one is the image's own, and a file system in
 * memory is nobody's.
 */
function mountsOf(
  { mounts }: InspectedContainer,
  image: InspectedImage | undefined,
): ObservedContainer['mounts'] {
  const ofImage = new Set(image?.config.volumes ?? []);
  return mounts
    .filter((mount) => mount.type !== 'tmpfs' && !(isAnonymous(mount) && ofImage.has(mount.target)))
    .map(({ type, name, source, target, isReadOnly }) => ({
      source: type === 'volume' ? name : source,
      target,
      readOnly: isReadOnly,
    }))
    .sort((a, b) => (a.target < b.target ? -1 : 1));
}

/** The engine names volumes that nobody named by 64 hex digits. */
function isAnonymous({ type, name }: InspectedContainer['mounts'][number]): boolean {
  return type === 'volume' && /^[0-9a-f]{64}$/.test(name);
}

/** What was in volumes without a name is not lost when the container is made anew, as `volume:path`. */
export function inheritedVolumes(
  { mounts }: InspectedContainer,
  declared: readonly string[],
): string[] {
  const taken = new Set(declared.map((volume) => cleaned(volume.split(':')[1] ?? '')));
  return mounts
    .filter((mount) => isAnonymous(mount) && !taken.has(mount.target))
    .map(({ name, target }) => `${name}:${target}`);
}

/** As the engine writes paths. */
function cleaned(path: string): string {
  return posix.normalize(path).replace(/(?<=.)\/$/, '');
}

/** Ways to be in a network that is not one's own, or in none: a container cannot be taken out of them. */
const IS_NO_NETWORK = /^(?:host|none|private|slirp4netns|pasta|container:.*|ns:.*)(?::.*)?$/;

function networksOf({ networks, host }: InspectedContainer): string[] {
  const names = networks.map(({ name }) => name);
  return (
    names.length === 0 && IS_NO_NETWORK.test(host.networkMode) ? [host.networkMode] : names
  ).sort();
}

function capabilities(names: readonly string[]): string[] {
  return [...new Set(names.map((name) => name.toUpperCase().replace(/^CAP_/, '')))].sort();
}
