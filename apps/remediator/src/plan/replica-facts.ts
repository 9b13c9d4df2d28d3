import type { ReplicaObservation } from '@vigil/contracts';

/** Where a replica of the resource in question is. */
export interface ReplicaPlace {
  readonly host: string;
  readonly replica: number;
}

/** What the hosts last said about the replicas of one resource, by {@link placeKey}. */
export type ReplicaFacts = ReadonlyMap<string, ReplicaObservation>;

export function placeKey({ host, replica }: ReplicaPlace): string {
  return `${host}#${replica}`;
}

/** Names one launch of a replica. */
export function launchKey(place: ReplicaPlace, instance: string): string {
  return `${placeKey(place)}#${instance}`;
}

/** The replica, when there is a process of it that lives. */
export function liveReplica(
  facts: ReplicaFacts,
  place: ReplicaPlace,
): ReplicaObservation | undefined {
  const observed = facts.get(placeKey(place));
  return observed?.state === 'running' ? observed : undefined;
}

/** True when it lives but does not do its work: acting on it takes nothing away from anybody. */
export function isHung(live: ReplicaObservation): boolean {
  return live.suspended || live.health.status === 'unhealthy';
}

/** True while it counts as serving: it lives, and no check says otherwise. */
export function isAvailable(facts: ReplicaFacts, place: ReplicaPlace): boolean {
  const live = liveReplica(facts, place);
  return live !== undefined && !isHung(live) && live.health.status !== 'starting';
}
