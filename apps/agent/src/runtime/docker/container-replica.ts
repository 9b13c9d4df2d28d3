import type {
  ForeignChange,
  ObservedConfig,
  Operation,
  ReplicaHealth,
  ReplicaObservation,
} from '@vigil/contracts';
import { isDeepStrictEqual } from 'node:util';
import { HealthMonitor, healthWithoutMonitor } from '../../health-checks/health-monitor.js';
import type { ContainerRecord, ContainerSpec } from '../../state/container-record.js';
import { readSecret } from '@vigil/config';
import { deedOf, lateDeedOf, MADE, type Doing } from './container/foreign-change.js';
import { SPEC_LABEL, type ReplicaId } from './container/labels.js';
import { observeConfig, type SeenContainer } from './container/observe-config.js';
import { observeEnv } from './container/observe-env.js';
import { asManifestHasIt } from './container/of-podman.js';
import { instanceOf, isRunning, observeState } from './container/observe-state.js';
import { containerProbe } from './container/container-probe.js';
import type { Containers } from './containers.js';
import type { DockerParts } from './docker-parts.js';
import type { EngineEvent } from './engine/engine-answers.js';
import { EngineAway } from './engine/engine-error.js';
import { ForeignChanges } from './foreign-changes.js';

/** A launch that is younger than this is checked as one that has just begun. */
const FRESH_MS = 1_000;
/** The same done again and again is written down this often. */
const WRITE_AGAIN_MS = 1_000;
const LOOK_AT_RESTART_MS = 1_000;
const NO_DIGEST = '0'.repeat(64);

interface Monitored {
  readonly instance: string;
  readonly check: ContainerSpec['healthCheck'];
  readonly monitor: HealthMonitor;
}

/** One replica of a resource of runtime `docker`: its container, its checks, what was done to it. */
export class ContainerReplica {
  /** For people, while a command is being carried out. */
  progress: string | undefined;
  private view: { readonly seen: SeenContainer; readonly config: ObservedConfig } | undefined;
  /** As it was before its container disappeared. */
  private last: ReplicaObservation | undefined;
  private monitored: Monitored | undefined;
  private deed: ForeignChange | undefined;
  private lookingAgain: NodeJS.Timeout | undefined;
  private readonly foreign = new ForeignChanges((change) => this.note(change));

  constructor(
    private readonly parts: DockerParts,
    private readonly containers: Containers,
    readonly id: ReplicaId,
  ) {
    this.deed = this.record?.foreignChange;
  }

  get seen(): SeenContainer | undefined {
    return this.containers.of(this.id);
  }

  get record(): Readonly<ContainerRecord> | undefined {
    return this.parts.state.container(this.id.resource, this.id.replica);
  }

  /** True for a container that was taken over as it was. */
  isAdopted(containerId: string): boolean {
    return this.record?.containerId === containerId && this.record.adopted === true;
  }

  /** The digest in force: of the journal, if it is about this container, else of its label. */
  get specDigest(): string {
    const { seen, record } = this;
    if (seen === undefined || record?.containerId === seen.container.id) {
      return record?.specDigest ?? NO_DIGEST;
    }
    const label = seen.container.config.labels[SPEC_LABEL] ?? '';
    return /^[0-9a-f]{64}$/.test(label) ? label : NO_DIGEST;
  }

  /** The replica as it was last seen; undefined when there was never anything. */
  observe(): ReplicaObservation | undefined {
    const observed = this.observeContainer() ?? this.observeLoss();
    if (observed === undefined) return undefined;
    return {
      ...observed,
      ...(this.deed === undefined ? {} : { lastForeignChange: this.whatWasDone(this.deed) }),
    };
  }

  /** Its container was inspected, or is gone. */
  async onSeen(): Promise<void> {
    const { last } = this;
    this.view = await this.lookUp();
    this.superviseHealth();
    this.followRestart();
    this.last = this.observeContainer() ?? this.last;
    // it is looked at again and again meanwhile, and a snapshot is of the whole host
    const isWaiting = this.last?.restarting === true && this.seen !== undefined;
    if (!isWaiting || !isDeepStrictEqual(last, this.last)) this.parts.events.onChange();
  }

  /** Everything was looked at: what the journal names and nobody has seen was removed without us. */
  afterStock(): void {
    const { seen, record } = this;
    if (seen !== undefined || record === undefined) return;
    if (this.containers.whyUntold(record.containerId) !== undefined) return;
    this.last ??= asRecorded(record);
  }

  /** The replica as it would be told if it had been launched with this. */
  async observeAs(spec: ContainerSpec): Promise<ReplicaObservation | undefined> {
    const { seen } = this;
    const observed = this.observeContainer();
    if (seen === undefined || observed === undefined) return undefined;
    const { unrecorded: _unrecorded, ...rest } = observed;
    return { ...rest, config: await this.describe(seen, spec) };
  }

  /** Something has happened to a container that is, or was, the one of this replica. */
  onEvent(event: EngineEvent, containerId: string): void {
    const change = deedOf(event, this.parts.isPodman());
    if (change === undefined || !this.isOurs(containerId) || !this.isNews(event)) return;
    this.foreign.take({ change, event, container: containerId });
  }

  /** As `onEvent`, after its container was inspected again. */
  afterEvent(event: EngineEvent, containerId: string, isLive: boolean): void {
    const container = this.seen?.container;
    if (container?.id !== containerId || !this.isNews(event)) return;
    // made by somebody: that it was then started is no news
    if (event.action === 'start' && this.deed?.what === MADE) return;
    const made = event.action === MADE ? deedOf(event) : undefined;
    const change = made ?? lateDeedOf(event, container, isLive);
    if (change !== undefined) {
      this.foreign.take({ change, event, container: containerId });
    }
  }

  /** What happens until `endDoing` may be done by a command. */
  beginDoing(kind: Operation['kind']): Doing {
    return this.foreign.begin(kind, this.parts.now());
  }

  endDoing(doing: Doing): void {
    this.foreign.end(doing, this.parts.now());
  }

  /** As `endDoing`, of a command that the engine did not answer. */
  cutOffDoing(doing: Doing, graceMs: number): void {
    this.foreign.cutOff(doing, graceMs);
  }

  /** Vigil has launched it anew: what was done to it before is past. */
  forgetDeed(): void {
    this.deed = undefined;
  }

  /** A command ended it for good. */
  forget(): void {
    this.last = undefined;
    this.deed = undefined;
    this.release();
  }

  /** What was answered before a change proves nothing about it, and the next answer is news. */
  checkAnew(): void {
    this.release();
    this.superviseHealth(true);
  }

  /** While the engine was away its proxies may have been too: what failed meanwhile proves nothing. */
  resumeAfterSilence(): void {
    this.foreign.resume(this.parts.now());
    if (this.health.consecutiveFailures > 0) this.checkAnew();
  }

  release(): void {
    this.monitored?.monitor.stop();
    this.monitored = undefined;
    clearTimeout(this.lookingAgain);
  }

  /** A restart that the engine cannot make ends without any event. */
  private followRestart(): void {
    clearTimeout(this.lookingAgain);
    const { seen, containers } = this;
    if (seen?.container.state.isRestarting !== true) return;
    const look = () =>
      void containers.look(seen.container.id).catch((error: unknown) => {
        // an engine that is away is looked at as soon as it is back
        if (!(error instanceof EngineAway)) {
          this.parts.log.error('a restart by the engine could not be followed', error);
        }
      });
    this.lookingAgain = setTimeout(look, LOOK_AT_RESTART_MS);
    this.lookingAgain.unref();
  }

  /** The one that it has, or that the journal names: another one with its labels is not it. */
  private isOurs(containerId: string): boolean {
    return this.record?.containerId === containerId || this.seen?.container.id === containerId;
  }

  /** Of what was done before this agent began, only what came after the last command was not Vigil's. */
  private isNews({ at }: EngineEvent): boolean {
    if (at >= this.parts.beganAt) return true;
    const { record, id } = this;
    const { startedAt = Number.POSITIVE_INFINITY, foreignChange } = record ?? {};
    const commandEnd = this.parts.state.lastCommandEnd(id.resource, id.replica);
    return Math.floor(at) > Math.max(startedAt, commandEnd, foreignChange?.at ?? 0);
  }

  /** Who removes what runs has it killed first, and is seen to do that first. */
  private whatWasDone(deed: ForeignChange): ForeignChange {
    const isBeingRemoved = this.seen?.container.state.status === 'removing';
    const isByThem = isBeingRemoved && !this.foreign.isAtWork && deed.what.startsWith('kill');
    return isByThem ? { ...deed, what: 'destroy' } : deed;
  }

  private note(change: ForeignChange): void {
    const last = this.deed;
    this.deed = change;
    this.parts.events.onChange();
    if (last?.what === change.what && change.at - last.at < WRITE_AGAIN_MS) return;
    this.parts.state
      .record({ type: 'container.changed', ...this.id, change })
      .catch((error: unknown) => this.parts.log.error('a change was not written down', error));
  }

  private observeContainer(): ReplicaObservation | undefined {
    const { view, record, id } = this;
    if (view === undefined) return undefined;
    const { seen, config } = view;
    return {
      ...id,
      runtime: 'docker',
      ...observeState(seen.container, record?.keptDown),
      suspended: isRunning(seen.container) && this.isSuspended(seen),
      specDigest: this.specDigest,
      config,
      health: this.health,
      ...(record === undefined ? { unrecorded: true } : {}),
    };
  }

  /** The container that the journal or the last look knows is not there any more. */
  private observeLoss(): ReplicaObservation | undefined {
    const { record, last } = this;
    if (record === undefined || last === undefined) return undefined;
    const { pid: _pid, ...rest } = last;
    return {
      ...rest,
      state: 'exited',
      suspended: false,
      health: healthWithoutMonitor(record.spec.healthCheck),
      detail: 'its container was removed',
    };
  }

  private isSuspended({ container }: SeenContainer): boolean {
    if (container.state.isPaused) return true;
    const { processes } = this.parts;
    const identity = processes.identify(container.state.pid);
    return identity !== undefined && processes.stateOf(identity) === 'suspended';
  }

  private get health(): ReplicaHealth {
    return this.monitored?.monitor.health ?? healthWithoutMonitor(this.record?.spec.healthCheck);
  }

  private async lookUp(): Promise<ContainerReplica['view']> {
    for (;;) {
      const { seen } = this;
      if (seen === undefined) return undefined;
      const config = await this.describe(seen, this.record?.spec);
      // it may have been inspected again while secrets were read
      if (seen === this.seen) return { seen, config };
    }
  }

  private async describe(
    seen: SeenContainer,
    spec: ContainerSpec | undefined,
  ): Promise<ObservedConfig> {
    const env = observeEnv({
      env: seen.container.config.env,
      ofImage: seen.image?.config.env,
      declared: spec?.env,
      secrets: await secretsOf(spec?.env ?? {}),
      isPodman: this.parts.isPodman(),
      digest: this.parts.digest,
    });
    const told = observeConfig(seen, env, spec?.healthCheck);
    const config = spec !== undefined && this.parts.isPodman() ? asManifestHasIt(told, spec) : told;
    return this.isAdopted(seen.container.id) ? asAdopted(config) : config;
  }

  /**
   * One monitor for each launch that runs, with the check that is in force.
   * @param changed just now, so that the first attempt waits as after a start
   */
  private superviseHealth(changed = false): void {
    const { record, monitored } = this;
    const seen = this.view?.seen;
    const check = record?.spec.healthCheck;
    const instance =
      seen !== undefined && isRunning(seen.container) ? instanceOf(seen.container) : undefined;
    const isRight = monitored?.instance === instance && isDeepStrictEqual(monitored?.check, check);
    if (isRight) return;
    this.release();
    if (seen === undefined || instance === undefined || check === undefined) return;
    const startedAt = seen.container.state.startedAt ?? this.parts.now();
    const probe = containerProbe(check, () => this.seen?.container, this.parts.engine);
    const monitor = new HealthMonitor(check, probe, startedAt, {
      onNews: () => this.parts.events.onChange(),
      onAttempt: (attempt) => this.parts.events.onAttempt({ ...attempt, ...this.id }),
    });
    this.monitored = { instance, check, monitor };
    monitor.start(changed || this.parts.now() - startedAt < FRESH_MS);
  }
}

/** All that is known of a container that is gone. */
function asRecorded(record: Readonly<ContainerRecord>): ReplicaObservation {
  const { resource, replica, containerId, spec, specDigest, startedAt = 0 } = record;
  return {
    resource,
    replica,
    runtime: 'docker',
    instance: `${containerId}/${startedAt}`,
    state: 'exited',
    suspended: false,
    startedAt,
    specDigest,
    config: { command: spec.command ?? [], env: spec.env, ports: [] },
    health: healthWithoutMonitor(spec.healthCheck),
  };
}

function asAdopted({ container, ...config }: ObservedConfig): ObservedConfig {
  return container === undefined
    ? config
    : { ...config, container: { ...container, adopted: true } };
}

/** What can be read of them; a value that cannot is no value, and never the right one. */
async function secretsOf(env: ContainerSpec['env']): Promise<Map<string, string>> {
  const secrets = new Map<string, string>();
  for (const [name, value] of Object.entries(env)) {
    if (typeof value === 'string') continue;
    const read = await readSecret(value.secretRef.file);
    if ('value' in read) secrets.set(name, read.value);
  }
  return secrets;
}
