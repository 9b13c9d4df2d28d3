import type { StateSnapshot } from '@vigil/contracts';
import type { Runtimes } from '../runtime/runtimes.js';
import type { AgentState } from '../state/agent-state.js';
import { AGENT_VERSION } from '../version.js';
import type { ObservationClock } from './observation-clock.js';

/** Makes snapshots of this host, each with a later sequence than the one before. */
export class Observer {
  private counter = 0;

  constructor(
    private readonly state: Pick<AgentState, 'epoch' | 'stopped'>,
    private readonly runtimes: Pick<Runtimes, 'names' | 'observeAll'>,
    private readonly clock: ObservationClock,
  ) {}

  snapshot(): StateSnapshot {
    // looked at first: it may notice the end of a process, which asks for the next snapshot
    const replicas = this.runtimes.observeAll();
    this.counter += 1;
    return {
      sequence: { epoch: this.state.epoch, counter: this.counter },
      observedAt: this.clock.look(),
      agentVersion: AGENT_VERSION,
      runtimes: this.runtimes.names,
      stopped: this.state.stopped,
      replicas,
    };
  }
}
