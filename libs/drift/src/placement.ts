import type { ResourceId, Service } from '@vigil/manifests';
import type {
  CandidateHost,
  ComparisonInput,
  ObservedReplica,
  PlacedReplica,
  UnplacedReplica,
} from './drift.js';
import { usesHostNetwork } from './container-fields.js';
import { weightOf } from './fingerprint.js';

export interface Placement {
  /** In the order of the replicas. */
  readonly placed: readonly PlacedReplica[];
  readonly unplaced: readonly UnplacedReplica[];
}

type PlacementInput = Pick<
  ComparisonInput,
  'resource' | 'observed' | 'hosts' | 'placement' | 'goneHosts'
> & { readonly service: Service };

/**
 * Decides which replica belongs on which host, the same from the same input on every machine.
 *
 * - Sticky: a replica stays on its host while that matches. Without a last placement, where it is seen
 *   running counts as one.
 * - A host that is unreachable, or not known yet, keeps its replicas, because nothing says that they
 *   do not run; with `placement.reschedule` they move. A host that left the fleet keeps nothing.
 * - New replicas go to reachable hosts only: to the one with the fewest replicas of this resource
 *   (`placement.spread`, the default), among equals to the one with the greatest rendezvous hash.
 * - With a fixed host port at most one replica per host.
 */
export function place(input: PlacementInput): Placement {
  const board = new Board(input);
  const { replicas } = input.service.spec;
  const homeless: number[] = [];
  for (let replica = 0; replica < replicas; replica += 1) {
    const host = board.homeOf(replica);
    if (host === undefined) homeless.push(replica);
    else board.put(replica, host);
  }
  const unplaced: UnplacedReplica[] = [];
  for (const replica of homeless) {
    const host = board.bestFor(replica);
    if (host === undefined) unplaced.push({ replica, ...board.whyNone() });
    else board.put(replica, host);
  }
  return { placed: board.placed(), unplaced };
}

/** The placement while it is being made. */
class Board {
  private readonly hosts: ReadonlyMap<string, CandidateHost>;
  private readonly candidates: readonly CandidateHost[];
  private readonly places = new Map<number, string>();
  private readonly load = new Map<string, number>();
  private readonly isExclusive: boolean;

  constructor(private readonly input: PlacementInput) {
    this.hosts = new Map(input.hosts.map((host) => [host.host, host]));
    this.candidates = input.hosts.filter((host) => host.reachable && this.fits(host));
    this.isExclusive = hasFixedHostPort(input.service);
  }

  put(replica: number, host: string): void {
    this.places.set(replica, host);
    this.load.set(host, (this.load.get(host) ?? 0) + 1);
  }

  /** Where the replica is and may stay. */
  homeOf(replica: number): string | undefined {
    const last = this.input.placement.find((placed) => placed.replica === replica)?.host;
    const homes = last === undefined ? runningOn(replica, this.input.observed) : [last];
    return homes.find((host) => this.mayStay(host));
  }

  bestFor(replica: number): string | undefined {
    const { resource, service } = this.input;
    const isSpread = service.spec.placement?.spread ?? true;
    const free = this.candidates.filter(({ host }) => this.hasRoom(host));
    const ranked = free
      .map(({ host }) => ({
        host,
        load: isSpread ? (this.load.get(host) ?? 0) : 0,
        weight: rendezvous(resource, replica, host),
      }))
      .sort((a, b) => a.load - b.load || b.weight - a.weight || (a.host < b.host ? -1 : 1));
    return ranked[0]?.host;
  }

  placed(): readonly PlacedReplica[] {
    return [...this.places]
      .map(([replica, host]) => ({ replica, host }))
      .sort((a, b) => a.replica - b.replica);
  }

  whyNone(): Omit<UnplacedReplica, 'replica'> {
    const { hosts, service } = this.input;
    const { runtime } = service.spec;
    const matching = hosts.filter((host) => this.matchesLabels(host));
    if (matching.length === 0) {
      const wanted = Object.entries(service.spec.placement?.hosts?.matchLabels ?? {});
      const labels = wanted.map(([name, value]) => `${name}=${value}`).join(', ');
      const message = labels === '' ? 'there is no host' : `no host has the labels ${labels}`;
      return { code: 'no-matching-host', message };
    }
    const able = matching.filter((host) => host.runtimes.includes(runtime));
    if (able.length === 0) {
      return { code: 'no-runtime', message: `no matching host has the runtime ${runtime}` };
    }
    if (!able.some((host) => host.reachable)) {
      return { code: 'hosts-unreachable', message: 'no matching host is reachable' };
    }
    const message = 'each matching host has one already, and a fixed host port allows no second';
    return { code: 'host-port-taken', message };
  }

  private mayStay(name: string): boolean {
    if (this.input.goneHosts?.has(name) === true || !this.hasRoom(name)) return false;
    const host = this.hosts.get(name);
    if (host?.reachable === true) return this.fits(host);
    return this.input.service.spec.placement?.reschedule !== true;
  }

  private hasRoom(host: string): boolean {
    return !this.isExclusive || (this.load.get(host) ?? 0) === 0;
  }

  private fits(host: CandidateHost): boolean {
    return (
      host.runtimes.includes(this.input.service.spec.runtime) &&
      this.matchesLabels(host) &&
      this.input.goneHosts?.has(host.host) !== true
    );
  }

  private matchesLabels({ labels }: CandidateHost): boolean {
    const wanted = this.input.service.spec.placement?.hosts?.matchLabels ?? {};
    return Object.entries(wanted).every(([name, value]) => labels[name] === value);
  }
}

function runningOn(replica: number, observed: readonly ObservedReplica[]): readonly string[] {
  return observed
    .filter((seen) => seen.replica.replica === replica)
    .sort((a, b) => rank(a) - rank(b) || (a.host < b.host ? -1 : 1))
    .map(({ host }) => host);
}

/** What runs comes before what ended: its host has the better claim. */
function rank({ replica }: ObservedReplica): number {
  return replica.state === 'running' ? 0 : 1;
}

/** Highest random weight (Thaler and Ravishankar 1998): a host that joins or leaves moves few. */
function rendezvous(resource: ResourceId, replica: number, host: string): number {
  return weightOf(`${resource}#${replica}@${host}`);
}

/**
 * A host port that the manifest fixes can be bound once per host. Without the container's own network
 * that includes the port of a check that is not among the declared ports.
 */
export function hasFixedHostPort(service: Service): boolean {
  return fixedHostPorts(service).size > 0;
}

/** The ports of its host that each replica needs for itself. */
export function fixedHostPorts({ spec }: Service): ReadonlySet<number> {
  const { ports, healthCheck: check } = spec;
  const onHost = usesHostNetwork(spec);
  const fixed = new Set(
    ports.flatMap(({ port, hostPort }) => (onHost ? [port] : (hostPort ?? []))),
  );
  const isCheckOnHost = spec.runtime === 'process' || onHost;
  if (isCheckOnHost && check !== undefined && check.kind !== 'exec') {
    if (!ports.some(({ port }) => port === check.port)) fixed.add(check.port);
  }
  return fixed;
}
