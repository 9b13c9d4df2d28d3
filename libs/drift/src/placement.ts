import type { ResourceId, Service } from '@vigil/manifests';
import type {
  CandidateHost,
  ComparisonInput,
  ObservedReplica,
  PlacedReplica,
  UnplacedReplica,
} from './drift.js';
import { weightOf } from './fingerprint.js';
import { hasFixedHostPort } from './host-ports.js';
import { adoptable, obstacleTo } from './obstacle.js';

export interface Placement {
  /** In the order of the replicas. */
  readonly placed: readonly PlacedReplica[];
  readonly unplaced: readonly UnplacedReplica[];
}

type PlacementInput = Pick<
  ComparisonInput,
  'resource' | 'observed' | 'hosts' | 'placement' | 'goneHosts' | 'containerName'
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
 * - A host where an unmanaged container keeps the port or the name that a replica needs comes last. A
 *   replica that was placed there and was never seen there moves when another host is free: nothing is
 *   lost by that, and nothing is stopped. One that was there once may have its data there.
 * - A replica that is to take over a container goes where that runs.
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
  board.makeWay();
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
    const before = this.places.get(replica);
    if (before !== undefined) this.load.set(before, (this.load.get(before) ?? 0) - 1);
    this.places.set(replica, host);
    this.load.set(host, (this.load.get(host) ?? 0) + 1);
  }

  /** Replicas that cannot start where they are, and never did, go where they can. */
  makeWay(): void {
    for (const [replica, host] of this.places) {
      if (this.isSeen(replica, host) || !this.isObstructed(replica, host)) continue;
      const better = this.bestFor(replica);
      if (better === undefined) continue;
      const isBetter = this.wasSeen(replica, host)
        ? this.isToTakeOver(replica, better)
        : !this.isObstructed(replica, better);
      if (isBetter) this.put(replica, better);
    }
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
        way: this.wayTo(replica, host),
        load: isSpread ? (this.load.get(host) ?? 0) : 0,
        weight: rendezvous(resource, replica, host),
      }))
      .sort(
        (a, b) =>
          a.way - b.way || a.load - b.load || b.weight - a.weight || (a.host < b.host ? -1 : 1),
      );
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

  /** The lower, the better. */
  private wayTo(replica: number, host: string): number {
    if (this.isToTakeOver(replica, host)) return 0;
    return this.isObstructed(replica, host) ? 2 : 1;
  }

  /** What is in the way of it is what it is to take over. */
  private isToTakeOver(replica: number, host: string): boolean {
    return adoptable(this.only(host), this.input.service, { replica, host }) !== undefined;
  }

  private isObstructed(replica: number, host: string): boolean {
    if (this.hosts.get(host)?.reachable !== true || this.isToTakeOver(replica, host)) return false;
    return obstacleTo(this.only(host), this.input.service, { replica, host }) !== undefined;
  }

  /** There may be many hosts, and each of them is looked at. */
  private only(name: string): Pick<ComparisonInput, 'hosts' | 'containerName'> {
    const host = this.hosts.get(name);
    return { ...this.input, hosts: host?.unmanaged === undefined ? [] : [host] };
  }

  private isSeen(replica: number, host: string): boolean {
    return this.input.observed.some(
      (seen) => seen.host === host && seen.replica.replica === replica,
    );
  }

  private wasSeen(replica: number, host: string): boolean {
    return this.input.placement.some(
      (last) => last.host === host && last.replica === replica && last.seen === true,
    );
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
