import type { CheckAttempt } from '@vigil/contracts';
import type { Log } from '../log/log.js';
import type { ObservationClock } from '../observation/observation-clock.js';
import type { AgentState } from '../state/agent-state.js';
import type { AdoptedProcesses } from './adopted-processes.js';
import type { HostProcesses } from './host-processes.js';
import type { OutputFiles } from './output-files.js';
import type { PortBook } from './port-book.js';

/** What the replicas of one host share. */
export interface Runtime {
  readonly state: AgentState;
  readonly processes: HostProcesses;
  readonly adopted: AdoptedProcesses;
  readonly outputs: OutputFiles;
  readonly ports: PortBook;
  readonly log: Log;
  readonly now: () => number;
  readonly clock: ObservationClock;
  readonly events: RuntimeEvents;
}

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
}

/** What came of one operation on one replica. */
export type OperationOutcome =
  | { readonly status: 'succeeded'; readonly effectAt: number }
  | { readonly status: 'failed'; readonly code: string; readonly message: string }
  | { readonly status: 'precondition-failed'; readonly message: string };
