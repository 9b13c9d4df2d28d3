import type { Log } from '../../log/log.js';
import type { ObservationClock } from '../../observation/observation-clock.js';
import type { AgentState } from '../../state/agent-state.js';
import type { HostProcesses } from '../process/host-processes.js';
import type { RuntimeEvents } from '../workload-runtime.js';
import type { Engine } from './engine/engine.js';
import type { KeyedDigestOf } from './keyed-digest.js';

/** What the replicas of runtime `docker` share. */
export interface DockerParts {
  readonly state: AgentState;
  readonly processes: HostProcesses;
  readonly digest: KeyedDigestOf;
  readonly clock: ObservationClock;
  readonly events: RuntimeEvents;
  readonly log: Log;
  readonly now: () => number;
  /** When this agent began to look after containers, Unix ms. */
  readonly beganAt: number;
  /** Undefined until the agent belongs to one. */
  readonly installation: () => string | undefined;
  /** @throws EngineAway while it does not answer */
  readonly engine: () => Engine;
  /** Podman adds variables of its own to every container. */
  readonly isPodman: () => boolean;
}
