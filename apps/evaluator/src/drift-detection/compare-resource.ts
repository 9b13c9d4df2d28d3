import type { ResourceMemory } from '@vigil/contracts';
import type { ResourceId } from '@vigil/manifests';
import type { EffectiveService } from '../desired/effective-service.js';
import type { ObservedReplica } from '../observed/observed-state.js';
import { stableId } from '../stable-id.js';
import type { Difference } from './difference.js';

export type Placement = ResourceMemory['placement'];

/** A host that replicas can be placed on. */
export interface CandidateHost {
  readonly host: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly runtimes: readonly string[];
  readonly reachable: boolean;
}

export interface ComparisonInput {
  readonly resource: ResourceId;
  /** Undefined: the resource left Git. */
  readonly effective: EffectiveService | undefined;
  readonly observed: readonly ObservedReplica[];
  readonly hosts: readonly CandidateHost[];
  /** Where the replicas were placed last. */
  readonly placement: Placement;
}

export interface Comparison {
  readonly differences: readonly Difference[];
  readonly placement: Placement;
}

/** Places the wanted replicas and finds every difference to what is observed. */
export function compareResource(input: ComparisonInput): Comparison {
  const { effective, observed, resource } = input;
  const placement = place(input);
  const differences: Difference[] = [];
  const wanted = new Map(placement.map(({ replica, host }) => [replica, host]));
  const count = effective?.service.spec.replicas ?? 0;
  const unknown = new Set(input.hosts.filter((h) => !h.reachable).map((h) => h.host));
  const known = new Set(input.hosts.map((h) => h.host));
  for (const host of new Set(placement.map((p) => p.host))) {
    if (known.has(host) && !unknown.has(host)) continue;
    differences.push(make(resource, 'unreachable', host, undefined, [host], '', true, false));
  }
  for (let replica = 0; replica < count; replica += 1) {
    const host = wanted.get(replica);
    if (host === undefined) {
      const digest = effective?.digest ?? '';
      differences.push(
        make(resource, 'missing', undefined, replica, [digest], '/replicas', 'running', null),
      );
      continue;
    }
    if (unknown.has(host) || !known.has(host)) continue;
    const seen = observed.find((o) => o.host === host && o.replica.replica === replica)?.replica;
    if (seen === undefined || seen.state !== 'running') {
      differences.push(
        make(
          resource,
          'missing',
          host,
          replica,
          [seen?.instance ?? `never:${effective?.digest ?? ''}`],
          '/replicas',
          'running',
          seen?.state ?? null,
        ),
      );
      continue;
    }
    if (effective !== undefined && seen.specDigest !== effective.digest) {
      differences.push(
        make(
          resource,
          'config',
          host,
          replica,
          [seen.specDigest, effective.digest, seen.instance],
          '',
          effective.digest,
          seen.specDigest,
        ),
      );
    }
    if (seen.health.status === 'unhealthy') {
      differences.push(
        make(
          resource,
          'health',
          host,
          replica,
          [seen.instance, seen.health.failingSince ?? 0],
          '/healthCheck',
          'healthy',
          'unhealthy',
        ),
      );
    }
  }
  for (const { host, replica } of observed) {
    if (unknown.has(host) || wanted.get(replica.replica) === host) continue;
    const type = effective === undefined ? 'orphaned' : 'replicas';
    differences.push(
      make(
        resource,
        type,
        host,
        replica.replica,
        [replica.instance],
        '/replicas',
        null,
        replica.state,
      ),
    );
  }
  return { differences, placement };
}

function place({ effective, observed, hosts, placement, resource }: ComparisonInput): Placement {
  if (effective === undefined) return [];
  const { spec } = effective.service;
  const matching = hosts.filter(
    (host) =>
      host.reachable &&
      host.runtimes.includes(spec.runtime) &&
      Object.entries(spec.placement?.hosts?.matchLabels ?? {}).every(
        ([name, value]) => host.labels[name] === value,
      ),
  );
  const placed: Placement[number][] = [];
  for (let replica = 0; replica < spec.replicas; replica += 1) {
    const seen = observed.find((o) => o.replica.replica === replica)?.host;
    const last = placement.find((p) => p.replica === replica)?.host;
    const ranked = [...matching].sort((a, b) =>
      stableId('r', resource, replica, a.host) < stableId('r', resource, replica, b.host) ? -1 : 1,
    );
    const host = seen ?? last ?? ranked[0]?.host;
    if (host !== undefined) placed.push({ replica, host });
  }
  return placed;
}

function make(
  resource: ResourceId,
  type: Difference['type'],
  host: string | undefined,
  replica: number | undefined,
  fault: readonly (string | number)[],
  path: string,
  desired: Difference['desired'],
  observed: Difference['observed'],
): Difference {
  return {
    id: stableId('diff', resource, type, replica ?? -1, host ?? ''),
    causeKey: stableId('cause', resource, type, replica ?? -1, ...fault),
    type,
    class: 'corrective',
    path,
    desired,
    observed,
    severity: 'warning',
    score: 50,
    ...(host === undefined ? {} : { host }),
    ...(replica === undefined ? {} : { replica }),
  };
}
