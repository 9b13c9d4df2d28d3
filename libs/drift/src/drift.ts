import type { ResourceId, Service } from '@vigil/manifests';

/** Any JSON value. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** The kinds of drift that this engine finds; the contracts name more, for runtimes to come. */
export type DifferenceType =
  | 'missing'
  | 'replicas'
  | 'image'
  | 'config'
  | 'resources'
  | 'health'
  | 'orphaned'
  | 'conflict'
  | 'unreachable';

export type Severity = 'info' | 'warning' | 'critical';

/** One difference between desired and observed state. */
export interface Difference {
  /** The same for the same difference of the same replica, whatever its two sides are now. */
  readonly id: string;
  /** Names one occurrence of the fault behind it; another one when the fault happens again. */
  readonly causeKey: string;
  readonly type: DifferenceType;
  /** `corrective`: something changed the host; `intentional`: Git changed, the roll-out is due. */
  readonly class: 'corrective' | 'intentional';
  /** JSON Pointer into the resource's spec; empty for the whole. */
  readonly path: string;
  readonly desired: Json;
  readonly observed: Json;
  /** 0 to 100; see `score.ts`. */
  readonly score: number;
  readonly severity: Severity;
  /** Absent for a replica that no host can take. */
  readonly host?: string;
  /** Absent for what concerns a host as a whole. */
  readonly replica?: number;
}

/** What is wanted of a resource. */
export interface DesiredService {
  readonly service: Service;
  /** Digest of the manifest that replicas are to run with. */
  readonly digest: string;
  /**
   * Names since when just this manifest is wanted: another one when it was another manifest in between.
   * Default: the digest says enough.
   */
  readonly occasion?: string | undefined;
  /** A person stopped it: no replica is wanted, and the stopped ones may stay known. */
  readonly stopped?: boolean;
  /** Containers are to run one of these, whatever the manifest's image names now. */
  readonly images?: readonly ExactImage[] | undefined;
}

/** Exactly one image: by its id on a host, or by the digests that registries know it by. */
export interface ExactImage {
  readonly id: string;
  readonly repoDigests: readonly string[];
}

/** A host that replicas can be placed on. */
export interface CandidateHost {
  readonly host: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly runtimes: readonly string[];
  /** False: nothing is known about what runs there now. */
  readonly reachable: boolean;
  /** Why it is not reachable, when it is not the host itself that is silent. */
  readonly silence?: string | undefined;
  /** What may be in the way of a replica there. */
  readonly unmanaged?: readonly Obstacle[] | undefined;
}

/** A container that runs or keeps a name, and that is not to be touched. */
export interface Obstacle {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly hostPorts: readonly number[];
  /** A manifest may take it over. */
  readonly adoptable?: boolean | undefined;
  /** It does not run. */
  readonly stopped?: boolean | undefined;
}

/** What is compared of an observed replica; a `ReplicaObservation` has all of it. */
export interface ReplicaState {
  readonly replica: number;
  readonly runtime: string;
  /** Identifies one launch. */
  readonly instance: string;
  readonly state: 'running' | 'exited' | 'stopped';
  /** Digest of the manifest that it was last started or reconfigured with. */
  readonly specDigest: string;
  /** Its host has no record of the launch: what the manifest declares could not be compared there. */
  readonly unrecorded?: boolean | undefined;
  readonly config: ReplicaConfig;
  readonly health: {
    readonly status: 'none' | 'starting' | 'healthy' | 'unhealthy';
    readonly failingSince?: number | undefined;
    readonly message?: string | undefined;
  };
}

export interface ReplicaConfig {
  /** Program and arguments: `entrypoint` and `command` together; of a container what follows its entrypoint. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, Json>>;
  readonly workingDir?: string | undefined;
  readonly user?: string | undefined;
  readonly ports: readonly {
    readonly port: number;
    readonly hostPort: number;
    readonly fixed: boolean;
    readonly protocol?: 'tcp' | 'udp' | undefined;
    readonly hostAddress?: string | undefined;
  }[];
  /** The check that is carried out on it. */
  readonly healthCheck?: Json | undefined;
  /** With runtime `docker`. */
  readonly container?: ContainerConfig | undefined;
}

/** What the engine says of a container; nothing of it repeats what its image brings along. */
export interface ContainerConfig {
  readonly image: ExactImage & {
    /** As the manifest that it was created by names it. */
    readonly reference: string;
    /** What `reference` names on the host now; absent: nothing. */
    readonly currentId?: string | undefined;
  };
  readonly entrypoint: readonly string[];
  readonly mounts: readonly {
    readonly source: string;
    readonly target: string;
    readonly readOnly: boolean;
  }[];
  readonly networks: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly capabilities: { readonly add: readonly string[]; readonly drop: readonly string[] };
  readonly readOnly: boolean;
  readonly logging: { readonly driver: string; readonly options: Readonly<Record<string, string>> };
  readonly resources: {
    readonly cpuCores?: number | undefined;
    readonly memoryBytes?: number | undefined;
  };
  readonly restartPolicy: string;
  /** It was taken over as it was: how its engine restarts it is not for Vigil to say. */
  readonly adopted?: boolean | undefined;
}

/** A replica with the host that it was seen on. */
export interface ObservedReplica {
  readonly host: string;
  readonly replica: ReplicaState;
}

export interface PlacedReplica {
  readonly replica: number;
  readonly host: string;
}

/** Where a replica was placed before. */
export interface LastPlace extends PlacedReplica {
  /** It was there once, and may have left there what it keeps. */
  readonly seen?: boolean | undefined;
}

/** A replica that no host can take, and why. */
export interface UnplacedReplica {
  readonly replica: number;
  readonly code: 'no-matching-host' | 'no-runtime' | 'hosts-unreachable' | 'host-port-taken';
  /** For people. */
  readonly message: string;
}

/** Everything that a comparison rests on. */
export interface ComparisonInput {
  readonly resource: ResourceId;
  /** Undefined: the resource left Git. */
  readonly effective: DesiredService | undefined;
  /** Its replicas on all hosts, as last seen. */
  readonly observed: readonly ObservedReplica[];
  /** All hosts that are known; one that is not among them counts as unreachable. */
  readonly hosts: readonly CandidateHost[];
  /** Where its replicas were placed last. */
  readonly placement: readonly LastPlace[];
  /** Hosts that were removed from the fleet on purpose: their replicas are placed anew. */
  readonly goneHosts?: ReadonlySet<string>;
  /** Manifests that replicas may have been started with, by digest, as far as they are known. */
  readonly manifestOf?: (digest: string) => Service | undefined;
  /** The name that the container of a replica needs on a host; undefined: none is known. */
  readonly containerName?: (host: string, replica: number) => string | undefined;
  /** How many resources depend on it (`dependsOn`); raises the score. Default 0. */
  readonly dependants?: number;
  /** How long the difference of this id has been open, in ms; raises the score. Default 0. */
  readonly openForMs?: (differenceId: string) => number;
}
