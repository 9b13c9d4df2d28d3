import { canonicalJson, type Service } from '@vigil/manifests';
import { compareImage } from './compare-image.js';
import type { DesiredService, Json, ReplicaState } from './drift.js';
import type { Fields } from './fields.js';
import { isIgnored } from './ignore.js';
import { desiredFields, observedFields } from './normalise.js';

/** One field of a replica that is not as the manifest says. */
export interface FieldDifference {
  readonly type: 'config' | 'image' | 'resources';
  /** JSON Pointer into the spec; empty for a launch of which its host has no record. */
  readonly path: string;
  readonly desired: Json;
  readonly observed: Json;
}

/**
 * Compares how a replica was really started with its manifest, field by field. A variable that no
 * manifest declares counts; any other field that the manifest leaves out does not, unless the manifest
 * that the replica runs with set it. A manifest that changed in nothing that a replica is made of (the
 * number of replicas, say) is no difference.
 * @param applied the manifest that the replica runs with, when it is another one and known
 */
export function compareReplica(
  { service, images }: Pick<DesiredService, 'service' | 'images'>,
  replica: ReplicaState,
  applied?: Service,
): readonly FieldDifference[] {
  const observed = observedFields(replica, service);
  const desired = withWithdrawn(desiredFields(service), observed, applied);
  const differences: FieldDifference[] = [...imageDifference(service, replica, images)];
  for (const path of [...new Set([...desired.keys(), ...observed.keys()])].sort()) {
    if (path === IMAGE) continue; // names of an image are compared in a way of their own
    const wanted = desired.get(path);
    if (wanted === undefined && !path.startsWith('/env/')) continue;
    const found = observed.get(path) ?? null;
    if (canonicalJson(wanted ?? null) === canonicalJson(found)) continue;
    if (replica.unrecorded === true && isUntold(path, wanted, found)) continue;
    differences.push({ type: typeOf(path), path, desired: wanted ?? null, observed: found });
  }
  if (replica.unrecorded === true) differences.push(UNRECORDED);
  return differences.filter(({ path }) => !isIgnored(path, service.spec.drift.ignore));
}

const IMAGE = '/image';

/** The host has to be told the manifest before it can say what its launch is like. */
const UNRECORDED: FieldDifference = {
  type: 'config',
  path: '',
  desired: 'recorded',
  observed: 'unrecorded',
};

/** True for a difference that is done away with while the replica goes on running. */
export function isChangedInPlace({ path }: Pick<FieldDifference, 'path'>): boolean {
  return IN_PLACE.has(path) || path.startsWith('/resources/');
}

/** Limits and restart policy the engine changes; the rest is the agent's own. */
const IN_PLACE: ReadonlySet<string> = new Set(['', '/healthCheck', '/restartPolicy']);

/**
 * True when a replica that was launched by `previous` has to be launched again to run `next`. Engines
 * change a limit of what runs, but do not take one back.
 */
export function needsNewLaunch(previous: Service, next: Service): boolean {
  const [before, after] = [previous, next].map((service) => launchFields(service));
  const paths = new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])]);
  return [...paths].some((path) => {
    const [old, fresh] = [before?.get(path), after?.get(path)];
    if (canonicalJson(old ?? null) === canonicalJson(fresh ?? null)) return false;
    return fresh === undefined || !isChangedInPlace({ path });
  });
}

function launchFields(service: Service): Fields {
  const { runtime, unit, resources } = service.spec;
  const fields = new Map(desiredFields(service));
  if (unit !== undefined) fields.set('/unit', unit);
  // in one piece, because nothing but an engine can change them
  if (runtime !== 'docker') fields.set('/limits', canonicalJson(resources ?? null));
  return fields;
}

/** With what the manifest before this one set and this one no longer does. */
function withWithdrawn(desired: Fields, observed: Fields, applied: Service | undefined): Fields {
  if (applied === undefined) return desired;
  const withdrawn = [...desiredFields(applied)].filter(
    ([path, value]) =>
      !desired.has(path) && canonicalJson(observed.get(path) ?? null) === canonicalJson(value),
  );
  return new Map([...desired, ...withdrawn.map(([path]) => [path, null] as const)]);
}

function imageDifference(
  { spec }: Service,
  { config }: ReplicaState,
  images: DesiredService['images'],
): readonly FieldDifference[] {
  const { container } = config;
  if (spec.runtime !== 'docker' || spec.image === undefined || container === undefined) return [];
  const sides = compareImage(spec.image, container.image, images);
  return sides === undefined ? [] : [{ type: 'image', path: IMAGE, ...sides }];
}

/** Without a record of the launch a host cannot compare declared variables, and carries out no check. */
function isUntold(path: string, wanted: Json | undefined, found: Json): boolean {
  if (path === '/healthCheck') return found === null;
  return path.startsWith('/env/') && wanted !== undefined && isDigest(found);
}

function isDigest(value: Json): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && 'digest' in value;
}

function typeOf(path: string): FieldDifference['type'] {
  return path.startsWith('/resources/') ? 'resources' : 'config';
}
