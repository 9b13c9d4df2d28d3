import type { ResourceMemory } from '@vigil/contracts';
import { Runtime } from '@vigil/manifests';
import type { EffectiveService } from '../desired/effective-service.js';
import type { ObservedReplica, ObservedState } from './observed-state.js';

/**
 * The runtimes that say what there is of a resource: its own, and those that run replicas of it. Of what
 * left Git an agent that has just begun has seen nothing: then they are those of before, and where nobody
 * knows them, all.
 */
export function runtimesOf(
  effective: EffectiveService | undefined,
  observed: readonly ObservedReplica[],
  memory?: Pick<ResourceMemory, 'runtimes'>,
): ReadonlySet<Runtime> {
  const runtimes = new Set(observed.map(({ replica }) => replica.runtime));
  if (effective !== undefined) runtimes.add(effective.service.spec.runtime);
  if (runtimes.size > 0) return runtimes;
  return memory?.runtimes === undefined ? EVERY_RUNTIME : new Set(memory.runtimes);
}

const EVERY_RUNTIME: ReadonlySet<Runtime> = new Set(Runtime.options);

/**
 * Why nothing is known of what one of the runtimes runs on a host now; undefined: it is known. An
 * agent that lives may have lost its engine, which says as little as a silent host.
 */
export function silenceOf(
  observed: ObservedState,
  host: string,
  runtimes: ReadonlySet<Runtime>,
  now: number,
): string | undefined {
  if (!observed.isReachable(host, now)) return 'unreachable';
  const unknown = observed.host(host)?.snapshot.unknownRuntimes ?? [];
  const silent = unknown.find((runtime) => runtimes.has(runtime));
  return silent === undefined ? undefined : `${silent} does not answer`;
}
