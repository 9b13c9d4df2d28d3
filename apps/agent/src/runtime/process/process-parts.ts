import type { Log } from '../../log/log.js';
import type { ObservationClock } from '../../observation/observation-clock.js';
import type { AgentState } from '../../state/agent-state.js';
import type { RuntimeEvents } from '../workload-runtime.js';
import type { AdoptedProcesses } from './adopted-processes.js';
import type { HostProcesses } from './host-processes.js';
import type { OutputFiles } from './output-files.js';
import type { PortBook } from './port-book.js';

/** What the replicas of runtime `process` share. */
export interface ProcessParts {
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
