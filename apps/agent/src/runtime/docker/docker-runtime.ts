import {
  containerName,
  type DescriptionOutcome,
  type Operation,
  type ReplicaObservation,
  type ReplicaProgress,
} from '@vigil/contracts';
import type { ResourceId } from '@vigil/manifests';
import { setTimeout as pause } from 'node:timers/promises';
import { replicaKey, type CommandRecord } from '../../state/agent-document.js';
import type {
  OperationOutcome,
  Order,
  ReplicaUsage,
  WorkloadRuntime,
} from '../workload-runtime.js';
import { replicaOf, type ReplicaId } from './container/labels.js';
import { instanceOf, isRunning } from './container/observe-state.js';
import { ContainerReplica } from './container-replica.js';
import { containerUsage } from './container-usage.js';
import { Containers } from './containers.js';
import { HostDescriber, undescribed } from './describe/host-describer.js';
import type { DockerParts } from './docker-parts.js';
import { EngineAway, EngineRefusal } from './engine/engine-error.js';
import type { EngineEvent } from './engine/engine-answers.js';
import { EngineWatch } from './engine-watch.js';
import { carryOut } from './operations/carry-out.js';
import { failed } from './operations/task.js';

/** Somebody waits for a live look, and an engine that needs longer does not answer. */
const LIVE_LOOK_MS = 3_000;
/** An agent that begins tells what it has seen, unless its engine takes longer than that. */
const FIRST_LOOK_MS = 1_000;
/** Events of others' containers come in bursts. */
const LIST_AGAIN_MS = 100;
/** Commands inside of a container, those of checks above all; Podman says only `exec` when one begins. */
const OF_CHECKS = /^exec(?:_|$)/;

const ENGINE_AWAY = 'the container engine of this host does not answer';

/** Every replica of runtime `docker` that this host was assigned. */
export class DockerRuntime implements WorkloadRuntime {
  readonly name = 'docker';
  private readonly parts: DockerParts;
  private readonly containers: Containers;
  private readonly watch: EngineWatch;
  private readonly describer: HostDescriber;
  private readonly replicas = new Map<string, ContainerReplica>();
  private readonly queues = new Map<string, Promise<unknown>>();
  private readonly firstLook: Promise<void>;
  private installation: (() => string) | undefined;
  private podman = false;
  private isClosing = false;
  private listing: Promise<void> | undefined;

  /** @param importedDirectory where values of variables of containers are kept that are described */
  constructor(
    parts: Omit<DockerParts, 'engine' | 'installation' | 'isPodman' | 'beganAt'>,
    socket: () => string | undefined,
    importedDirectory: string,
  ) {
    this.parts = {
      ...parts,
      beganAt: parts.now(),
      installation: () => this.installation?.(),
      engine: () => this.watch.engine(),
      isPodman: () => this.podman,
    };
    this.containers = new Containers(this.parts, (id) => this.replica(id).onSeen());
    this.describer = new HostDescriber(this.parts, importedDirectory);
    let onFirstLook: () => void = () => undefined;
    this.firstLook = new Promise((resolve) => {
      onFirstLook = resolve;
    });
    this.watch = new EngineWatch(
      socket,
      {
        isExpected: () => this.isExpected,
        onConnected: async (engine) => {
          this.podman = await engine.isPodman();
          await this.containers.lookAtAll();
          for (const id of this.parts.state.containers()) this.replica(id).afterStock();
          if (this.isKnown) return;
          for (const replica of this.replicas.values()) replica.resumeAfterSilence();
        },
        onFullPass: () => this.containers.lookAtAll(),
        onEvent: (event, isLive) => this.onEvent(event, isLive),
        onKnown: (isKnown) => {
          if (isKnown) onFirstLook();
          this.parts.events.onChange();
        },
      },
      parts.log,
    );
  }

  get isPresent(): boolean {
    return this.watch.isPresent;
  }

  get isKnown(): boolean {
    return this.watch.isKnown;
  }

  /** Looks after the containers of an installation, from now on. */
  begin(installation: () => string): void {
    this.installation = installation;
    this.watch.start();
  }

  /** Resolves when the containers that were here are known again, or the engine lets wait for them. */
  async begun(): Promise<void> {
    if (!this.isExpected) return;
    await Promise.race([this.firstLook, pause(FIRST_LOOK_MS, undefined, { ref: false })]);
  }

  private get isExpected(): boolean {
    const isRecorded = [...this.parts.state.containers()].length > 0;
    return isRecorded || this.containers.replicas().length > 0;
  }

  has(resource: ResourceId, replica: number): boolean {
    return (
      this.parts.state.container(resource, replica) !== undefined ||
      this.containers.of({ resource, replica }) !== undefined
    );
  }

  unmanaged() {
    return this.containers.unmanaged();
  }

  progress(): ReplicaProgress[] {
    return [...this.replicas.values()].flatMap(({ id, progress }) =>
      progress === undefined ? [] : [{ ...id, what: progress.slice(0, 1024) }],
    );
  }

  observe(resource: ResourceId, replica: number): ReplicaObservation | undefined {
    return this.replicas.get(replicaKey(resource, replica))?.observe();
  }

  observeAll(): ReplicaObservation[] {
    return [...this.replicas.values()].flatMap((replica) => replica.observe() ?? []);
  }

  async lookAgain(): Promise<void> {
    if (!this.isKnown) return;
    const tooLate = pause(LIVE_LOOK_MS, 'too late', { ref: false });
    const outcome = await Promise.race([this.containers.lookAtAll().catch(() => 'away'), tooLate]);
    if (outcome !== undefined) this.watch.doubt();
  }

  async carryOut(operation: Operation, order: Order): Promise<OperationOutcome> {
    await order.recorded;
    if (this.isClosing) return failed('shutting-down', 'the agent is shutting down');
    const key = replicaKey(operation.resource, operation.replica);
    const turn = (this.queues.get(key) ?? Promise.resolve()).then(() =>
      this.takeTurn(operation, order),
    );
    const settled = turn.catch(() => undefined);
    this.queues.set(key, settled);
    void settled.then(() => {
      if (this.queues.get(key) === settled) this.queues.delete(key);
    });
    return turn;
  }

  async usage(): Promise<ReplicaUsage[]> {
    if (!this.isKnown) return [];
    const usages = await Promise.all(
      [...this.replicas.values()].map(async ({ id, seen }) => {
        if (seen === undefined || !isRunning(seen.container)) return [];
        const { container } = seen;
        const usage = await containerUsage(container.id, container.state.pid);
        if (usage === undefined) return [];
        const startedAt = container.state.startedAt ?? this.parts.now();
        return [{ ...id, instance: instanceOf(container), startedAt, ...usage }];
      }),
    );
    return usages.flat();
  }

  async describe(names: readonly string[] | undefined): Promise<DescriptionOutcome> {
    if (!this.isPresent) return undescribed('no-engine', 'this host has no container engine');
    if (!this.isKnown) return undescribed('engine-away', ENGINE_AWAY);
    const outcome = await this.describer.describe(names);
    if (outcome.status === 'failed' && outcome.code === 'engine-away') this.watch.doubt();
    return outcome;
  }

  outcomeOf(command: Readonly<CommandRecord>): OperationOutcome | undefined {
    const record = this.parts.state.container(command.resource, command.replica);
    if (record?.commandId !== command.commandId || record.startedAt === undefined) return undefined;
    return { status: 'succeeded', effectAt: record.startedAt };
  }

  /** Containers are the engine's: they live on without us, whatever ends the agent. */
  async shutDown(): Promise<void> {
    this.release();
    await Promise.all(this.queues.values());
    await this.watch.stop();
  }

  release(): void {
    this.isClosing = true;
    for (const replica of this.replicas.values()) replica.release();
    void this.watch.stop();
  }

  private async takeTurn(operation: Operation, order: Order): Promise<OperationOutcome> {
    const objection = order.objection();
    if (objection !== undefined) return { status: 'refused', ...objection };
    const installation = this.installation?.();
    if (installation === undefined || !this.isKnown) {
      return failed('engine-away', ENGINE_AWAY);
    }
    const { resource, replica: number } = operation;
    const replica = this.replica({ resource, replica: number });
    const doing = replica.beginDoing(operation.kind);
    const task = {
      parts: this.parts,
      containers: this.containers,
      replica,
      commandId: order.commandId,
      doing,
      name: containerName(resource, number, installation),
      installation,
    };
    try {
      return await carryOut(task, operation);
    } catch (error) {
      if (error instanceof EngineRefusal) return failed('engine-refused', error.message);
      if (!(error instanceof EngineAway)) throw error;
      replica.cutOffDoing(doing, 'gracePeriodMs' in operation ? operation.gracePeriodMs : 0);
      this.watch.doubt();
      return failed('engine-away', error.message);
    } finally {
      replica.progress = undefined;
      // what is cut off may have made something that is not known yet
      if (doing.until === undefined) {
        replica.endDoing(doing);
        this.forgetUnknown(replica);
      }
    }
  }

  private onEvent(event: EngineEvent, isLive: boolean): void {
    const quietly = (task: Promise<void>) =>
      void task.catch((error: unknown) => {
        if (error instanceof EngineAway) this.watch.doubt();
        else this.parts.log.error('an event of the engine could not be followed', error);
      });
    if (event.type === 'image') {
      this.containers.forgetImages();
      for (const { seen } of this.replicas.values()) {
        if (seen !== undefined) quietly(this.containers.look(seen.container.id));
      }
      return;
    }
    const containerId = event.type === 'network' ? event.attributes['container'] : event.id;
    if (containerId === undefined || OF_CHECKS.test(event.action)) return;
    const id = this.ownerOf(containerId, event);
    if (id === undefined) {
      quietly(this.listSoon());
      return;
    }
    // of what is gone for good there is nobody left to tell it of
    if (!isLive && !this.has(id.resource, id.replica)) return;
    const replica = this.replica(id);
    replica.onEvent(event, containerId);
    const looked = this.containers.look(containerId);
    quietly(
      looked.then(() => {
        replica.afterEvent(event, containerId, isLive);
        // one that is not the replica's may be in its way
        if (replica.seen?.container.id !== containerId) quietly(this.listSoon());
      }),
    );
  }

  private ownerOf(containerId: string, event: EngineEvent): ReplicaId | undefined {
    const known = this.containers.replicaOfContainer(containerId);
    const installation = this.installation?.();
    if (known !== undefined || installation === undefined) return known;
    return replicaOf(event.attributes, installation);
  }

  /** Something of others has changed: once for everything that happens now. */
  private listSoon(): Promise<void> {
    this.listing ??= pause(LIST_AGAIN_MS, undefined, { ref: false }).then(async () => {
      this.listing = undefined;
      await this.containers.list();
      this.parts.events.onChange();
    });
    return this.listing;
  }

  private replica({ resource, replica: number }: ReplicaId): ContainerReplica {
    const key = replicaKey(resource, number);
    const known = this.replicas.get(key);
    if (known !== undefined) return known;
    const id = { resource, replica: number };
    const replica = new ContainerReplica(this.parts, this.containers, id);
    this.replicas.set(key, replica);
    return replica;
  }

  private forgetUnknown(replica: ContainerReplica): void {
    const { resource, replica: number } = replica.id;
    if (this.has(resource, number)) return;
    replica.release();
    this.replicas.delete(replicaKey(resource, number));
  }
}
