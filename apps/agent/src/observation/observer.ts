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
    private readonly runtimes: Pick<
      Runtimes,
      'names' | 'unknown' | 'unmanaged' | 'progress' | 'observeAll' | 'lookAgain'
    >,
    private readonly clock: ObservationClock,
    /** The installation that this agent belongs to. */
    private readonly installation: () => string,
  ) {}

  snapshot(): StateSnapshot {
    // looked at first: it may notice the end of a process, which asks for the next snapshot
    const replicas = this.runtimes.observeAll();
    const { names, unknown } = this.runtimes;
    const unmanaged = this.runtimes.unmanaged();
    const progress = this.runtimes.progress();
    this.counter += 1;
    return {
      sequence: { epoch: this.state.epoch, counter: this.counter },
      observedAt: this.clock.look(),
      agentVersion: AGENT_VERSION,
      runtimes: names,
      ...(unknown.length === 0 ? {} : { unknownRuntimes: unknown }),
      installation: this.installation(),
      stopped: this.state.stopped,
      replicas,
      ...(unmanaged.length === 0 ? {} : { unmanaged }),
      ...(progress.length === 0 ? {} : { progress }),
    };
  }

  /** A snapshot that rests on nothing older than this call. */
  async liveSnapshot(): Promise<StateSnapshot> {
    await this.runtimes.lookAgain();
    return this.snapshot();
  }
}
