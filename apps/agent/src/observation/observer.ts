import type { StateSnapshot } from '@vigil/contracts';
import type { ProcessSupervisor } from '../process-runtime/process-supervisor.js';
import type { AgentState } from '../state/agent-state.js';
import { AGENT_VERSION } from '../version.js';
import type { ObservationClock } from './observation-clock.js';

/** Makes snapshots of this host, each with a later sequence than the one before. */
export class Observer {
  private counter = 0;

  constructor(
    private readonly state: Pick<AgentState, 'epoch' | 'stopped'>,
    private readonly supervisor: Pick<ProcessSupervisor, 'observeAll'>,
    private readonly clock: ObservationClock,
  ) {}

  snapshot(): StateSnapshot {
    // looked at first: it may notice the end of a process, which asks for the next snapshot
    const replicas = this.supervisor.observeAll();
    this.counter += 1;
    return {
      sequence: { epoch: this.state.epoch, counter: this.counter },
      observedAt: this.clock.look(),
      agentVersion: AGENT_VERSION,
      runtimes: ['process'],
      stopped: this.state.stopped,
      replicas,
    };
  }
}
