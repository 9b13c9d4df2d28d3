import { containerName, type ResourceMemory } from '@vigil/contracts';
import {
  compareResource,
  place,
  type CandidateHost,
  type Comparison,
  type ComparisonInput,
  type Difference,
  type PlacedReplica,
} from '@vigil/drift';
import type { ResourceId, Runtime } from '@vigil/manifests';
import type { DesiredView } from '../desired/desired-state.js';
import { manifestsOf } from '../desired/earlier-manifests.js';
import { withReplicas, type EffectiveService } from '../desired/effective-service.js';
import type { Knowledge } from '../knowledge.js';
import type { ObservedReplica } from '../observed/observed-state.js';
import { runtimesOf, silenceOf } from '../observed/silence.js';
import type { Situation } from './situation.js';

interface Subject {
  readonly resource: ResourceId;
  readonly memory: ResourceMemory | undefined;
  readonly now: number;
}

/** What differs, and where the replicas belong. Nothing is compared with what nobody knows. */
export function findDifferences(
  knowledge: Knowledge,
  { resource, memory, now }: Subject,
  view: DesiredView,
  effective: EffectiveService | undefined,
  replicas: readonly ObservedReplica[],
): Pick<Situation, 'differences' | 'placement' | 'containerNames'> {
  const { removed, desired } = knowledge;
  const placement = memory?.placement ?? [];
  const isKnown = view.status === 'absent' || effective !== undefined;
  if (!isKnown) return { differences: [], placement, containerNames: () => [] };
  const nameOf = namesOf(knowledge, resource);
  const opened = new Map(memory?.open.map((open) => [open.difference, open.record.detectedAt]));
  const compareOn = (hosts: readonly CandidateHost[]): Comparison =>
    compareResource({
      resource,
      effective: effective && { ...effective, ...occasionOf(view) },
      observed: replicas,
      hosts,
      placement,
      goneHosts: removed.names(),
      manifestOf: manifestsOf(desired, memory),
      containerName: nameOf,
      dependants: desired.dependants(resource),
      openForMs: (difference) => now - (opened.get(difference) ?? now),
    });
  const own = new Set([...replicas, ...placement].map(({ host }) => host));
  const runtimes = runtimesOf(effective, replicas, memory);
  const quick = compareOn(candidates(knowledge, own, runtimes, now));
  // where every replica stays, the rest of the fleet is of no account: it may be large
  const settled =
    effective === undefined || (stays(quick, placement) && !quick.differences.some(isConflict));
  const comparison = settled ? quick : compareOn(everyCandidate(knowledge, runtimes, now));
  return {
    differences: comparison.differences,
    placement: withSeen(comparison.placement, placement, replicas),
    containerNames: () =>
      comparison.placement.flatMap(({ host, replica }) => nameOf(host, replica) ?? []),
  };
}

/** Which replicas are, or once were, where they belong. */
function withSeen(
  placed: readonly PlacedReplica[],
  before: ResourceMemory['placement'],
  observed: readonly ObservedReplica[],
): ResourceMemory['placement'] {
  const key = ({ replica, host }: PlacedReplica) => `${replica}@${host}`;
  const seen = new Set([
    ...before.filter((last) => last.seen === true).map(key),
    ...observed.map(({ host, replica: { replica } }) => key({ host, replica })),
  ]);
  return placed.map((place) => (seen.has(key(place)) ? { ...place, seen: true } : place));
}

/** Something is in the way of a replica: another host may be free. */
function isConflict({ type }: Difference): boolean {
  return type === 'conflict';
}

/** The name that the container of a replica needs on a host. */
function namesOf(
  { observed }: Knowledge,
  resource: ResourceId,
): NonNullable<ComparisonInput['containerName']> {
  return (host, replica) => {
    const installation = observed.host(host)?.snapshot.installation;
    return installation && containerName(resource, replica, installation);
  };
}

/** Since when it is wanted: a manifest that comes back later is another wish for the same. */
function occasionOf(view: DesiredView): { readonly occasion?: string } {
  if (view.status !== 'declared') return {};
  const { source, since = 0 } = view.declared;
  return since === 0 ? {} : { occasion: `${source}@${since}` };
}

/** Where the replicas of a resource would be, were there so many. */
export function placeReplicas(
  knowledge: Knowledge,
  { resource, memory, now }: Subject,
  effective: EffectiveService,
  replicas: number,
): Situation['placement'] {
  const seen = knowledge.observed.replicasOf(resource);
  const { placed } = place({
    resource,
    service: withReplicas(effective.service, replicas),
    observed: seen,
    hosts: everyCandidate(knowledge, runtimesOf(effective, seen, memory), now),
    placement: memory?.placement ?? [],
    goneHosts: knowledge.removed.names(),
    containerName: namesOf(knowledge, resource),
  });
  return [...placed];
}

/** A replica that cannot stay is never placed on its old host again: equal places mean that all stay. */
function stays({ unplaced, placement }: Comparison, before: readonly PlacedReplica[]): boolean {
  const old = new Map(before.map(({ replica, host }) => [replica, host]));
  return unplaced.length === 0 && placement.every(({ replica, host }) => old.get(replica) === host);
}

function everyCandidate(
  knowledge: Knowledge,
  runtimes: ReadonlySet<Runtime>,
  now: number,
): CandidateHost[] {
  const names = knowledge.observed.hosts().map(({ snapshot }) => snapshot.host);
  return candidates(knowledge, names, runtimes, now);
}

function candidates(
  { observed, desired }: Knowledge,
  names: Iterable<string>,
  relevant: ReadonlySet<Runtime>,
  now: number,
): CandidateHost[] {
  return [...names].flatMap((name) => {
    const host = observed.host(name);
    if (host === undefined) return [];
    const { hostLabels, runtimes, unmanaged } = host.snapshot;
    // Git may know better than what the collector knew when it passed the snapshot on
    const labels = { ...hostLabels, ...desired.hostLabels(name) };
    const silence = silenceOf(observed, name, relevant, now);
    return [{ host: name, labels, runtimes, unmanaged, silence, reachable: silence === undefined }];
  });
}
