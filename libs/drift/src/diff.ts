import { canonicalJson } from '@vigil/manifests';
import { compareReplica } from './compare-replica.js';
import { adoptable, obstacleTo } from './obstacle.js';
import { LastApplied } from './last-applied.js';
import type {
  ComparisonInput,
  DesiredService,
  Difference,
  Json,
  ObservedReplica,
  Obstacle,
  PlacedReplica,
  ReplicaState,
  UnplacedReplica,
} from './drift.js';
import { fingerprint } from './fingerprint.js';
import { isIgnored } from './ignore.js';
import type { Placement } from './placement.js';
import { scoreOf } from './score.js';

/** JSON Pointer of a `missing` difference that taking over what runs does away with. */
export const ADOPT_PATH = '/adopt';

/** A difference before it is named and scored. */
interface Finding {
  readonly type: Difference['type'];
  readonly class: Difference['class'];
  readonly path: string;
  readonly desired: Json;
  readonly observed: Json;
  readonly host?: string;
  readonly replica?: number;
  /** What makes this occurrence of the fault another one than the last. */
  readonly occurrence: readonly Json[];
}

/**
 * Every difference between what is wanted and what was last observed, in a fixed order.
 *
 * Nothing is said about a host that is unreachable except that: a replica there is neither missing nor
 * wrong nor orphaned, it is unknown.
 */
export function diff(input: ComparisonInput, placement: Placement): readonly Difference[] {
  const { effective } = input;
  const findings =
    effective === undefined
      ? orphans(input)
      : [
          ...unreachableHosts(input, placement.placed),
          ...placement.unplaced.map((unplaced) => unplacedReplica(unplaced, effective)),
          ...placement.placed.flatMap((placed) => placedReplica(input, effective, placed)),
          ...superfluous(input, effective, placement.placed),
        ];
  return findings.map((finding) => difference(finding, findings, input));
}

function isReachable({ hosts }: ComparisonInput, name: string): boolean {
  return hosts.some(({ host, reachable }) => host === name && reachable);
}

function unreachableHosts(
  input: ComparisonInput,
  placed: readonly PlacedReplica[],
): readonly Finding[] {
  const silent = new Set(
    placed.map(({ host }) => host).filter((host) => !isReachable(input, host)),
  );
  return [...silent].sort().map((host) => ({
    type: 'unreachable',
    class: 'corrective',
    path: '',
    desired: 'reachable',
    observed: input.hosts.find((each) => each.host === host)?.silence ?? 'unreachable',
    host,
    occurrence: [],
  }));
}

function unplacedReplica(
  { replica, code, message }: UnplacedReplica,
  { digest }: DesiredService,
): Finding {
  return {
    type: 'missing',
    class: 'intentional',
    path: '/replicas',
    desired: 'running',
    observed: message,
    replica,
    occurrence: [code, digest],
  };
}

/** A replica on its own host: it does not run, or it runs and is wrong or unhealthy. */
function placedReplica(
  input: ComparisonInput,
  effective: DesiredService,
  { host, replica }: PlacedReplica,
): readonly Finding[] {
  if (!isReachable(input, host)) return [];
  const place = { host, replica };
  const seen = input.observed.find(
    (each) => each.host === host && each.replica.replica === replica,
  );
  if (seen?.replica.state !== 'running') return [notRunning(input, effective, place, seen)];
  const { instance, specDigest, health } = seen.replica;
  const applied = new LastApplied(effective, specDigest, input.manifestOf);
  const before = input.manifestOf?.(specDigest);
  const findings: Finding[] = compareReplica(effective, seen.replica, before).map((field) => ({
    class: applied.wanted(field.path) ? 'corrective' : 'intentional',
    ...field,
    ...place,
    occurrence: [instance, specDigest, effective.digest, field.desired, field.observed],
  }));
  if (effective.service.spec.healthCheck !== undefined && health.status === 'unhealthy') {
    findings.push({
      type: 'health',
      class: 'corrective',
      path: '/healthCheck',
      desired: 'healthy',
      observed: 'unhealthy',
      ...place,
      occurrence: [instance, health.failingSince ?? null],
    });
  }
  return findings;
}

/** To be taken over; else missing, unless something is in the way of it: starting would not help. */
function notRunning(
  input: ComparisonInput,
  effective: DesiredService,
  place: PlacedReplica,
  seen: ObservedReplica | undefined,
): Finding {
  const waiting = adoptable(input, effective.service, place);
  // of a replica that ran here already, what does not run is no better than its own container
  const isBetter = seen === undefined || waiting?.stopped !== true;
  if (waiting !== undefined && isBetter) return unadopted(waiting, effective, place);
  const finding = missing(input, effective, place, seen);
  const obstacle = obstacleTo(input, effective.service, place);
  if (obstacle === undefined) return finding;
  const { path, message: observed, id } = obstacle;
  return { ...finding, type: 'conflict', path, observed, occurrence: [id, effective.digest] };
}

/** It is there already, and nobody looks after it yet. */
function unadopted({ id }: Obstacle, { digest }: DesiredService, place: PlacedReplica): Finding {
  return {
    type: 'missing',
    class: 'intentional',
    path: ADOPT_PATH,
    desired: 'managed',
    observed: 'unmanaged',
    ...place,
    occurrence: [id, digest],
  };
}

/**
 * Each launch that ended is a fault of its own; one that never was is the same until the spec changes,
 * also when it changes back later.
 */
function missing(
  { observed, manifestOf }: ComparisonInput,
  effective: DesiredService,
  place: PlacedReplica,
  seen: ObservedReplica | undefined,
): Finding {
  const appliedTo = ({ specDigest }: ReplicaState) =>
    new LastApplied(effective, specDigest, manifestOf);
  // Without a trace of the replica, the others tell whether this manifest was in force already.
  const wasRolledOut =
    seen === undefined
      ? observed.some(({ replica }) => appliedTo(replica).wantedReplica(place.replica))
      : appliedTo(seen.replica).wantedAll();
  return {
    type: 'missing',
    class: wasRolledOut ? 'corrective' : 'intentional',
    path: '/replicas',
    desired: 'running',
    observed: seen?.replica.state ?? null,
    ...place,
    occurrence: seen === undefined ? neverSeen(effective) : [seen.replica.instance, null],
  };
}

function neverSeen({ digest, occasion }: DesiredService): readonly Json[] {
  return occasion === undefined ? [null, digest] : [null, digest, occasion];
}

/**
 * Replicas that are not wanted where they are: too many, or on another host than their own. A copy on
 * another host is too many only once the replica runs on its own: until then it is what serves.
 */
function superfluous(
  input: ComparisonInput,
  effective: DesiredService,
  placed: readonly PlacedReplica[],
): readonly Finding[] {
  const { service, stopped = false } = effective;
  if (isIgnored('/replicas', service.spec.drift.ignore)) return [];
  const homes = new Map(placed.map(({ replica, host }) => [replica, host]));
  return inOrder(input.observed)
    .filter(({ host, replica }) => {
      if (!isReachable(input, host) || homes.get(replica.replica) === host) return false;
      if (replica.replica < service.spec.replicas) return runsAtHome(input, homes, replica.replica);
      return replica.state === 'running' || !stopped;
    })
    .map(({ host, replica }) => ({
      type: 'replicas',
      class: new LastApplied(effective, replica.specDigest, input.manifestOf).wantedElsewhere(
        replica.replica,
      )
        ? 'corrective'
        : 'intentional',
      path: '/replicas',
      desired: null,
      observed: replica.state,
      host,
      replica: replica.replica,
      occurrence: [replica.instance],
    }));
}

function runsAtHome(
  input: ComparisonInput,
  homes: ReadonlyMap<number, string>,
  replica: number,
): boolean {
  const home = homes.get(replica);
  if (home === undefined || !isReachable(input, home)) return false;
  return input.observed.some(
    (seen) =>
      seen.host === home && seen.replica.replica === replica && seen.replica.state === 'running',
  );
}

/** What is left of a resource that left Git. */
function orphans(input: ComparisonInput): readonly Finding[] {
  return inOrder(input.observed)
    .filter(({ host }) => isReachable(input, host))
    .map(({ host, replica }) => ({
      type: 'orphaned',
      class: 'intentional',
      path: '',
      desired: null,
      observed: replica.state,
      host,
      replica: replica.replica,
      occurrence: [replica.instance],
    }));
}

function inOrder(observed: readonly ObservedReplica[]): readonly ObservedReplica[] {
  return [...observed].sort(
    (a, b) => a.replica.replica - b.replica.replica || (a.host < b.host ? -1 : 1),
  );
}

/** Names and scores a finding among all of the resource. */
function difference(
  finding: Finding,
  all: readonly Finding[],
  { resource, effective, dependants = 0, openForMs }: ComparisonInput,
): Difference {
  const { occurrence, ...rest } = finding;
  const { type, path, host, replica } = finding;
  // `replicas` and `missing` name the replica; `unreachable` only the host.
  const id = `${resource}|${type}|${host ?? ''}|${replica ?? ''}|${path}`;
  const metadata = effective?.service.metadata;
  return {
    id,
    causeKey: `${id}|${fingerprint(canonicalJson([...occurrence]))}`,
    ...rest,
    ...scoreOf({
      type,
      class: finding.class,
      share: shareOf(finding, all, effective?.service.spec.replicas ?? 0),
      criticality: metadata?.labels['criticality'],
      dependants,
      openForMs: openForMs?.(id) ?? 0,
    }),
  };
}

/** How many of the wanted replicas have a difference of this type. */
function shareOf({ type }: Finding, all: readonly Finding[], replicas: number): number {
  const places = all
    .filter((finding) => finding.type === type)
    .map(({ host, replica }) => `${replica ?? ''}@${host ?? ''}`);
  return new Set(places).size / Math.max(1, replicas);
}
