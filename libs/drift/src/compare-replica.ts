import { canonicalJson } from '@vigil/manifests';
import type { DesiredService, Json, ReplicaState } from './drift.js';
import { isIgnored } from './ignore.js';
import { desiredFields, observedFields } from './normalise.js';

/** One field of a replica that is not as the manifest says. */
export interface FieldDifference {
  readonly path: string;
  readonly desired: Json;
  readonly observed: Json;
}

/**
 * Compares how a replica was really started with its manifest, field by field. A variable that no
 * manifest declares counts; any other field that the manifest leaves out does not. A manifest that
 * changed in nothing that a replica is made of (the number of replicas, say) is no difference.
 */
export function compareReplica(
  { service }: DesiredService,
  replica: ReplicaState,
): readonly FieldDifference[] {
  const desired = desiredFields(service);
  const observed = observedFields(replica);
  const differences: FieldDifference[] = [];
  for (const path of [...new Set([...desired.keys(), ...observed.keys()])].sort()) {
    const wanted = desired.get(path);
    if (wanted === undefined && !path.startsWith('/env/')) continue;
    const found = observed.get(path) ?? null;
    if (canonicalJson(wanted ?? null) === canonicalJson(found)) continue;
    if (isIgnored(path, service.spec.drift.ignore)) continue;
    differences.push({ path, desired: wanted ?? null, observed: found });
  }
  return differences;
}
