import { join } from 'node:path';
import { portRangeOf, type AgentConfig } from './config.js';
import type { Log } from './log/log.js';
import { ObservationClock } from './observation/observation-clock.js';
import { AdoptedProcesses } from './process-runtime/adopted-processes.js';
import type { HostProcesses } from './process-runtime/host-processes.js';
import { OutputFiles } from './process-runtime/output-files.js';
import { PortBook } from './process-runtime/port-book.js';
import { ProcessSupervisor } from './process-runtime/process-supervisor.js';
import { recoverReplicas } from './process-runtime/recover-replicas.js';
import type { Runtime, RuntimeEvents } from './process-runtime/runtime.js';
import { AgentState } from './state/agent-state.js';

const ROTATE_EVERY_MS = 5_000;
const KEPT_OUTPUT_FILES = 1;

/** The processes of this host that Vigil looks after, and what is remembered of them. */
export interface Supervision {
  readonly state: AgentState;
  readonly supervisor: ProcessSupervisor;
  readonly clock: ObservationClock;
  /** Ends the processes, or lets them live on without us. */
  end(stopSupervised: boolean): Promise<void>;
}

/** Takes up what an earlier agent has left: works without a collector, from the first moment. */
export async function superviseHost(
  config: AgentConfig,
  home: string,
  processes: HostProcesses,
  events: RuntimeEvents,
  log: Log,
): Promise<Supervision> {
  const state = await AgentState.open(join(home, 'state.journal'), log);
  const limits = { maxBytes: config.outputBytes, kept: KEPT_OUTPUT_FILES };
  const outputs = new OutputFiles(join(home, 'output'), limits, log.child('output'));
  const clock = new ObservationClock();
  const runtime: Runtime = {
    state,
    processes,
    adopted: new AdoptedProcesses(processes),
    outputs,
    ports: new PortBook(portRangeOf(config.portRange), home),
    log: log.child('processes'),
    now: Date.now,
    clock,
    events,
  };
  const supervisor = new ProcessSupervisor(runtime);
  await recoverReplicas(runtime, supervisor);
  const rotating = setInterval(() => void outputs.rotate(), ROTATE_EVERY_MS);
  return {
    state,
    supervisor,
    clock,
    async end(stopSupervised) {
      clearInterval(rotating);
      if (stopSupervised) await supervisor.shutDown();
      else supervisor.release();
      await state.close();
    },
  };
}
