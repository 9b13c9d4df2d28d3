import { formatBytes, formatCpu, type Service } from '@vigil/manifests';
import type { ContainerConfig, Json } from './drift.js';
import { directory, segment, type Fields } from './fields.js';
import { imageName } from './image-reference.js';

type Spec = Service['spec'];

/** What every container of Vigil has: the engine heals crashes and restarts of the host by itself. */
export const RESTART_POLICY = 'unless-stopped';

/** The fields of a manifest that only containers have; what it leaves out is not among them. */
export function desiredContainerFields(spec: Spec): Fields {
  const fields = new Map<string, Json>([
    ['/restartPolicy', RESTART_POLICY],
    ['/volumes', spec.volumes.map(volume).sort()],
  ]);
  const { image, entrypoint, networks, capabilities, readOnly, logging, resources } = spec;
  if (image !== undefined) fields.set('/image', imageName(image));
  if (entrypoint !== undefined) fields.set('/entrypoint', entrypoint);
  if (networks !== undefined) fields.set('/networks', networkList(networks));
  for (const list of ['add', 'drop'] as const) {
    const names = capabilities?.[list];
    if (names !== undefined) fields.set(`/capabilities/${list}`, capabilityList(names));
  }
  if (readOnly !== undefined) fields.set('/readOnly', readOnly);
  if (logging !== undefined) fields.set('/logging/driver', logging.driver);
  setAll(fields, '/logging/options', logging?.options ?? {});
  setAll(fields, '/labels', spec.labels ?? {});
  setResources(fields, resources ?? {});
  return fields;
}

/** The same fields as a container really has them. */
export function observedContainerFields(container: ContainerConfig, spec: Spec): Fields {
  const { capabilities, logging } = container;
  const fields = new Map<string, Json>([
    ['/restartPolicy', container.adopted === true ? RESTART_POLICY : container.restartPolicy],
    ['/volumes', mounts(container.mounts, spec)],
    ['/entrypoint', [...container.entrypoint]],
    ['/networks', networkList(container.networks)],
    ['/capabilities/add', capabilityList(capabilities.add)],
    ['/capabilities/drop', capabilityList(capabilities.drop)],
    ['/readOnly', container.readOnly],
    ['/logging/driver', logging.driver],
  ]);
  setAll(fields, '/logging/options', logging.options);
  setAll(fields, '/labels', container.labels);
  setResources(fields, container.resources);
  return fields;
}

/** True when the container has no network of its own: then its ports are those of the host. */
export function usesHostNetwork({ runtime, networks }: Spec): boolean {
  return runtime === 'docker' && networks?.includes('host') === true;
}

/** True when the engine publishes ports of it; elsewhere `ports` only says what it listens on. */
export function publishesPorts({ runtime, networks }: Spec): boolean {
  if (runtime !== 'docker') return true;
  return networks?.some((name) => name === 'host' || name === 'none') !== true;
}

function setAll(fields: Map<string, Json>, path: string, values: Readonly<Record<string, string>>) {
  for (const [name, value] of Object.entries(values)) fields.set(`${path}/${segment(name)}`, value);
}

/** As people write them, so that equal quantities are equal texts. */
function setResources(fields: Map<string, Json>, limits: ContainerConfig['resources']): void {
  const { cpuCores, memoryBytes } = limits;
  if (cpuCores !== undefined) fields.set('/resources/cpu', formatCpu(cpuCores));
  if (memoryBytes !== undefined) fields.set('/resources/memory', formatBytes(memoryBytes));
}

function volume(text: string): string {
  const [source = '', target = '', access = 'rw'] = text.split(':');
  return mount({ source, target, readOnly: access === 'ro' });
}

/** Volumes that the engine made for paths of the image have no name of anybody's choice. */
function mounts(observed: ContainerConfig['mounts'], { volumes }: Spec): string[] {
  const declared = new Set(volumes.map((text) => directory(text.split(':')[1] ?? '')));
  return observed
    .filter(({ source, target }) => declared.has(directory(target)) || !isAnonymous(source))
    .map(mount)
    .sort();
}

function isAnonymous(source: string): boolean {
  return /^[0-9a-f]{64}$/.test(source);
}

function mount({ source, target, readOnly }: ContainerConfig['mounts'][number]): string {
  return `${directory(source)}:${directory(target)}${readOnly ? ':ro' : ''}`;
}

/** Engines name the network that they use by default in more than one way. */
function networkList(names: readonly string[]): string[] {
  return distinct(names.map((name) => (name === 'default' ? 'bridge' : name)));
}

function capabilityList(names: readonly string[]): string[] {
  return distinct(names.map((name) => name.toUpperCase().replace(/^CAP_/, '')));
}

function distinct(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}
