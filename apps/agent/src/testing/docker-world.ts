import type { CheckAttempt, Operation, ReplicaObservation } from '@vigil/contracts';
import type { Service, ServiceSpec } from '@vigil/manifests';
import { temporaryDirectory } from '@vigil/testkit';
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import { silentLog } from '../log/log.js';
import { ObservationClock } from '../observation/observation-clock.js';
import { DockerRuntime } from '../runtime/docker/docker-runtime.js';
import { openKeyedDigest } from '../runtime/docker/keyed-digest.js';
import { processesOfHost } from '../runtime/process/processes-of-host.js';
import { AgentState } from '../state/agent-state.js';
import { reconfigureOf, resourceOf, restartOf, startOf, stopOf } from './operations.js';
import { processService } from './service-manifest.js';

const WAIT_MS = 30_000;

export interface DockerWorldOptions {
  /** A new one, or that of a world before, as the next agent would have. */
  readonly home?: string;
  readonly installation?: string;
}

/** A runtime `docker` on a real engine, without an agent around it. */
export class DockerWorld {
  readonly attempts: CheckAttempt[] = [];
  /** What was told of progress, in order. */
  readonly progress: string[] = [];
  /** How often it was told that something has changed. */
  changesTold = 0;
  private readonly changes = new EventEmitter();
  private commands = 0;

  private constructor(
    readonly home: string,
    readonly state: AgentState,
    readonly runtime: DockerRuntime,
  ) {}

  /** Resolves when the engine was looked at for the first time. */
  static async open(
    socket: string | (() => string | undefined),
    options: DockerWorldOptions = {},
  ): Promise<DockerWorld> {
    const { home = temporaryDirectory('docker-runtime'), installation = 'here' } = options;
    const state = await AgentState.open(join(home, 'state.journal'), silentLog);
    const parts = {
      state,
      processes: processesOfHost(),
      digest: await openKeyedDigest(join(home, 'digest.key')),
      clock: new ObservationClock(),
      events: {
        onChange: () => world.noteChange(),
        onAttempt: (attempt: CheckAttempt) => world.note(attempt),
      },
      log: silentLog,
      now: Date.now,
    };
    const search = typeof socket === 'string' ? () => socket : socket;
    const runtime = new DockerRuntime(parts, search, join(home, 'imported'));
    const world = new DockerWorld(home, state, runtime);
    world.runtime.begin(() => installation);
    await world.until(() => (world.runtime.isKnown ? true : undefined));
    return world;
  }

  start(service: Service, replica = 0) {
    return this.carryOut(startOf(service, replica));
  }

  stop(service: Service, options: Parameters<typeof stopOf>[1] = {}) {
    return this.carryOut(stopOf(service, options));
  }

  restart(service: Service, gracePeriodMs = 2_000) {
    return this.carryOut(restartOf(service, gracePeriodMs));
  }

  reconfigure(service: Service) {
    return this.carryOut(reconfigureOf(service));
  }

  carryOut(operation: Operation) {
    this.commands += 1;
    return this.runtime.carryOut(operation, {
      commandId: `command-${this.commands}`,
      recorded: Promise.resolve(),
      objection: () => undefined,
    });
  }

  observe(service: Service, replica = 0): ReplicaObservation | undefined {
    return this.runtime.observe(resourceOf(service), replica);
  }

  /** What the journal says of its container. */
  recordOf(service: Service, replica = 0) {
    return this.state.container(resourceOf(service), replica);
  }

  /** The replica as soon as it is as wanted. */
  untilObserved(
    service: Service,
    isWanted: (observed: ReplicaObservation) => boolean,
  ): Promise<ReplicaObservation> {
    return this.until(() => {
      const observed = this.observe(service);
      return observed !== undefined && isWanted(observed) ? observed : undefined;
    });
  }

  /** The id of its container. */
  containerOf(service: Service, replica = 0): string {
    const id = this.observe(service, replica)?.config.container?.id;
    if (id === undefined) throw new Error('the replica has no container');
    return id;
  }

  /** Resolves with what `look` returns as soon as that is not undefined; asked after every change. */
  async until<T>(look: () => T | undefined): Promise<T> {
    const signal = AbortSignal.timeout(WAIT_MS);
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      await once(this.changes, 'change', { signal });
    }
  }

  /** Leaves the containers running, as the end of an agent does. */
  async leave(): Promise<void> {
    await this.runtime.shutDown();
    await this.state.close();
  }

  private note(attempt: CheckAttempt): void {
    this.attempts.push(attempt);
    this.noteChange();
  }

  private noteChange(): void {
    this.changesTold += 1;
    this.progress.push(...this.runtime.progress().map(({ what }) => what));
    this.changes.emit('change');
  }
}

/** A manifest of runtime `docker`, complete with defaults; parts can be replaced. */
export function dockerService(name: string, spec: Partial<ServiceSpec> = {}): Service {
  const { metadata, spec: process, ...rest } = processService(name);
  const { command: _command, ...defaults } = process;
  return {
    ...rest,
    metadata,
    spec: { ...defaults, runtime: 'docker', image: 'web:1', ports: [{ port: 80 }], ...spec },
  };
}
