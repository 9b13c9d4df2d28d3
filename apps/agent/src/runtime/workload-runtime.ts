import type {
  CheckAttempt,
  DescriptionOutcome,
  Operation,
  ReplicaObservation,
  ReplicaProgress,
  UnmanagedContainer,
} from '@vigil/contracts';
import type { ResourceId, Runtime } from '@vigil/manifests';
import type { AgentConfig } from '../config.js';
import type { Log } from '../log/log.js';
import type { ObservationClock } from '../observation/observation-clock.js';
import type { CommandRecord } from '../state/agent-document.js';
import type { AgentState } from '../state/agent-state.js';

/**
 * One way to run replicas on this host. Commands, observation and metrics know runtimes only by
 * this; what is assigned is carried out, checked and reported behind it.
 */
export interface WorkloadRuntime {
  readonly name: Runtime;
  /** False where this host has no such runtime. */
  readonly isPresent: boolean;
  /** False while it does not answer: its replicas are then told as they were last seen. */
  readonly isKnown: boolean;
  /** True when a replica of it is remembered or seen, so that no other runtime may have it too. */
  has(resource: ResourceId, replica: number): boolean;
  /** What else it has on this host, and may be in the way of a replica. */
  unmanaged(): readonly UnmanagedContainer[];
  /**
   * Tells of what it runs besides, for manifests that take it over; absent where nothing can be taken
   * over. Touches nothing of it.
   * @param names those that are asked for; undefined: all
   */
  describe?(names: readonly string[] | undefined): Promise<DescriptionOutcome>;
  /** What is being done right now that takes its time. */
  progress(): readonly ReplicaProgress[];
  /** Asks the host itself, so that the next observation rests on nothing older. Never throws. */
  lookAgain(): Promise<void>;
  /**
   * Carries out one operation on one replica, after those on the same replica that came before it.
   * Expected failures are outcomes.
   */
  carryOut(operation: Operation, order: Order): Promise<OperationOutcome>;
  /** The replica as it is now; undefined when nothing was ever started here. */
  observe(resource: ResourceId, replica: number): ReplicaObservation | undefined;
  /** All replicas as they are now. */
  observeAll(): ReplicaObservation[];
  /** What the replicas that run use. */
  usage(): readonly ReplicaUsage[] | Promise<readonly ReplicaUsage[]>;
  /**
   * What a command has come to that the end of the agent cut off, as far as its replica shows it;
   * undefined when it does not.
   */
  outcomeOf(command: Readonly<CommandRecord>): OperationOutcome | undefined;
  /** Ends every replica, each within its own grace period, all at the same time. */
  shutDown(): Promise<void>;
  /** Lets the replicas live on without us: the next agent takes them up again. */
  release(): void;
}

/** What one replica uses, everything that it has started included. */
export interface ReplicaUsage {
  readonly resource: ResourceId;
  readonly replica: number;
  readonly instance: string;
  /** Unix ms. */
  readonly startedAt: number;
  /** User and system time of what lives now. */
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly threads: number;
}

/** Told by every runtime, of each of its replicas. */
export interface RuntimeEvents {
  /** A replica is no longer what the last snapshot said. */
  onChange(): void;
  onAttempt(attempt: CheckAttempt): void;
}

/** The command that an operation belongs to. */
export interface Order {
  readonly commandId: string;
  /**
   * Resolves when the command stands in the ledger: nothing that cannot be undone is done before.
   * Its rejection is handled by whoever made it.
   */
  readonly recorded: Promise<void>;
  /**
   * Why it must not be begun any more, asked when its turn has come: it may have waited behind
   * another one for longer than it is valid, or stop-the-world may have come in between.
   */
  readonly objection: () => Objection | undefined;
}

export interface Objection {
  readonly code: string;
  readonly message: string;
}

/** What came of one operation on one replica. */
export type OperationOutcome =
  | { readonly status: 'succeeded'; readonly effectAt: number }
  | { readonly status: 'failed'; readonly code: string; readonly message: string }
  /** Nothing was begun. */
  | { readonly status: 'refused'; readonly code: string; readonly message: string }
  | { readonly status: 'precondition-failed'; readonly message: string };

/** What a runtime shares with the rest of the agent. */
export interface RuntimeSurroundings {
  readonly config: AgentConfig;
  readonly home: string;
  readonly state: AgentState;
  /** Stamps what is done to replicas, and looks at them. */
  readonly clock: ObservationClock;
  readonly events: RuntimeEvents;
  readonly log: Log;
}
