import type { Service } from '@vigil/manifests';
import type { ComparisonInput, Obstacle, PlacedReplica } from './drift.js';
import { fixedHostPorts } from './host-ports.js';

/** What keeps a replica from being started. */
export interface Obstruction {
  /** Which container it is. */
  readonly id: string;
  /** JSON Pointer to what it keeps; empty for the name. */
  readonly path: string;
  /** For people. */
  readonly message: string;
}

/** The container that the manifest wants the replica to take over, when there is one on its host. */
export function adoptable(
  { hosts }: Pick<ComparisonInput, 'hosts'>,
  { spec }: Service,
  { host, replica }: PlacedReplica,
): Obstacle | undefined {
  const name = spec.runtime === 'docker' ? spec.adopt?.[replica] : undefined;
  const unmanaged = hosts.find((each) => each.host === host)?.unmanaged ?? [];
  return unmanaged.find((each) => each.name === name && each.adoptable === true);
}

/** The container that nobody may touch and that keeps a name or a host port that the replica needs. */
export function obstacleTo(
  { hosts, containerName }: Pick<ComparisonInput, 'hosts' | 'containerName'>,
  service: Service,
  { host, replica }: PlacedReplica,
): Obstruction | undefined {
  const unmanaged = hosts.find((each) => each.host === host)?.unmanaged ?? [];
  const name = service.spec.runtime === 'docker' ? containerName?.(host, replica) : undefined;
  const wanted = fixedHostPorts(service);
  const inTheWay = unmanaged
    .filter((each) => each.name === name || each.hostPorts.some((port) => wanted.has(port)))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const namesake = inTheWay.find((each) => each.name === name);
  if (namesake) return { id: namesake.id, path: '', message: `${describe(namesake)} has its name` };
  for (const each of inTheWay) {
    const port = [...each.hostPorts].sort((a, b) => a - b).find((taken) => wanted.has(taken));
    if (port !== undefined) {
      return { id: each.id, path: '/ports', message: `${describe(each)} has host port ${port}` };
    }
  }
  return undefined;
}

function describe({ name, image, id }: Obstacle): string {
  return `container ${name} (${image}, ${id.slice(0, 12)}), which Vigil does not manage,`;
}
