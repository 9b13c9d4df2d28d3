import { join } from 'node:path';
import type { AgentConfig } from './config.js';
import type { Log } from './log/log.js';
import { ObservationClock } from './observation/observation-clock.js';
import type { DockerRuntime } from './runtime/docker/docker-runtime.js';
import { openDockerRuntime } from './runtime/docker/open-docker-runtime.js';
import type { HostProcesses } from './runtime/process/host-processes.js';
import { openProcessRuntime } from './runtime/process/open-process-runtime.js';
import { Runtimes } from './runtime/runtimes.js';
import type { RuntimeEvents } from './runtime/workload-runtime.js';
import { AgentState } from './state/agent-state.js';

/** The replicas of this host that Vigil looks after, and what is remembered of them. */
export interface Supervision {
  readonly state: AgentState;
  readonly runtimes: Runtimes;
  /** Waits until it is told whose containers it looks after. */
  readonly docker: DockerRuntime;
  readonly clock: ObservationClock;
  /** Ends the replicas, or lets them live on without us. */
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
  const clock = new ObservationClock();
  const surroundings = { config, home, state, clock, events, log };
  const docker = await openDockerRuntime(surroundings, processes);
  const runtimes = new Runtimes([await openProcessRuntime(surroundings, processes), docker]);
  return {
    state,
    runtimes,
    docker,
    clock,
    async end(stopSupervised) {
      if (stopSupervised) await runtimes.shutDown();
      else runtimes.release();
      await state.close();
    },
  };
}
