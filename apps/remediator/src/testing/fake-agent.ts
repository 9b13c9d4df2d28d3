import {
  AgentCommands,
  AgentResults,
  Command,
  StateObserved,
  type AgentDownlink,
  type AgentUplink,
  type CommandResult,
  type ObservedContainer,
  type Operation,
  type ReplicaObservation,
  type SignedCommand,
} from '@vigil/contracts';
import type { Runtime, Service } from '@vigil/manifests';
import { NatsUnavailable, type Bus, type Subscription, type Subscriptions } from '@vigil/messaging';
import { retryForever } from '@vigil/service';
import { verify, type KeyObject } from 'node:crypto';
import { containerConfig } from './container.js';
import { health, observation } from './fixtures.js';

/** What a launch of a replica does, by the manifest and how often that replica was launched. */
export type LaunchBehaviour = (
  service: Service,
  launch: number,
) => 'healthy' | 'unhealthy' | 'exits' | 'fails';

export interface FakeAgentOptions {
  readonly host: string;
  readonly bus: Bus;
  readonly subscriptions: Subscriptions;
  readonly publicKey: KeyObject;
  readonly behaviour?: LaunchBehaviour;
}

/**
 * An agent together with the collector that holds its channel, in memory: it speaks the protocol of
 * the contracts, keeps a ledger by command id, and refuses what a real agent refuses.
 */
export class FakeAgent {
  /** Commands that were carried out, in order. */
  readonly executed: Command[] = [];
  /** How often a command id arrived, carried out or not. */
  readonly received = new Map<string, number>();
  /** Results that were acknowledged. */
  readonly acknowledged = new Set<string>();
  /** False: results are kept, but not sent. */
  sendsResults = true;
  /** True: the next result is kept, but not sent. */
  losesNextResult = false;
  /** True: the next command never gets through. */
  losesNextCommand = false;
  /** True: it is gone once it has answered the next question what it sees. */
  leavesAfterNextLook = false;
  /** True: its end cuts the next command off, before that has had its effect. */
  endsDuringNextCommand = false;
  /** Called before a command is carried out. */
  onCommand: (command: Command) => Promise<void> = () => Promise.resolve();
  /** True: what fails leaves the launch alone that was there, and the result says so. */
  tellsWhatFailureLeft = false;
  /** True: its engine changes nothing of what runs. */
  changesNothingInPlace = false;
  /** What tags name on its host, unless a command says which image it is to be. */
  tagged: string | undefined;
  /** What does not answer it. */
  unknownRuntimes: Runtime[] = [];
  behaviour: LaunchBehaviour;
  private readonly replicas = new Map<string, ReplicaObservation>();
  private readonly ledger = new Map<string, CommandResult>();
  /** Commands that are being carried out: nothing is said about them yet. */
  private readonly underway = new Set<string>();
  private readonly tokens = new Map<string, number>();
  private readonly ending = new AbortController();
  private channel: Subscription | undefined;
  private counter = 0;
  private launches = 0;
  private readonly epoch = Date.now();

  constructor(private readonly options: FakeAgentOptions) {
    this.behaviour = options.behaviour ?? (() => 'healthy');
  }

  connect(): void {
    const { host, subscriptions } = this.options;
    this.channel ??= subscriptions.answer(
      AgentCommands,
      (message) => {
        // the answer only says that it arrived
        setImmediate(() => void this.receive(message));
        return { delivered: true };
      },
      { params: { host } },
    );
    void this.uplink({ type: 'hello', agentVersion: 'fake', epoch: this.epoch });
  }

  async disconnect(): Promise<void> {
    await this.channel?.stop();
    this.channel = undefined;
  }

  /** Says nothing any more, also of what it has begun. */
  async end(): Promise<void> {
    this.ending.abort();
    await this.disconnect();
  }

  /** Puts a replica there, and reports it. */
  async place(more: Partial<ReplicaObservation> = {}): Promise<ReplicaObservation> {
    const replica = observation({ startedAt: Date.now(), ...more });
    this.replicas.set(keyOf(replica), replica);
    await this.report();
    return replica;
  }

  replica(resource: string, replica: number): ReplicaObservation | undefined {
    return this.replicas.get(keyOf({ resource, replica }));
  }

  /** Changes a replica without a command, as life does. */
  async happens(
    resource: string,
    replica: number,
    change: Partial<ReplicaObservation>,
  ): Promise<void> {
    const present = this.replicas.get(keyOf({ resource, replica }));
    if (present === undefined) throw new Error(`there is no replica ${replica} of ${resource}`);
    this.replicas.set(keyOf(present), { ...present, ...change });
    await this.report();
  }

  /** As after a command of somebody who took the lock later. */
  sawToken(resource: string, token: number): void {
    this.tokens.set(resource, token);
  }

  async report(): Promise<void> {
    const { host, bus } = this.options;
    // only the newest state matters, and that it gets there
    await retryForever(
      this.ending.signal,
      () => {
        const state = { ...this.snapshot(), host, hostLabels: {}, receivedAt: Date.now() };
        return bus.publish(StateObserved, state, { params: { host } });
      },
      { initialMs: 50, capMs: 500 },
    ).catch((error: unknown) => {
      if (!this.ending.signal.aborted) throw error;
    });
  }

  private snapshot() {
    this.counter += 1;
    return {
      sequence: { epoch: this.epoch, counter: this.counter },
      observedAt: Date.now(),
      agentVersion: 'fake',
      runtimes: ['process' as const, 'docker' as const],
      ...(this.unknownRuntimes.length === 0 ? {} : { unknownRuntimes: this.unknownRuntimes }),
      stopped: false,
      replicas: [...this.replicas.values()],
    };
  }

  private async uplink(message: AgentUplink): Promise<void> {
    const { host, bus } = this.options;
    await bus
      .signal(AgentResults, { host, receivedAt: Date.now(), message }, { params: { host } })
      .catch((error: unknown) => {
        // lost on the way: a result is asked for again
        if (!(error instanceof NatsUnavailable)) throw error;
      });
  }

  private async receive(message: AgentDownlink): Promise<void> {
    switch (message.type) {
      case 'observe':
        await this.uplink({
          type: 'observation',
          requestId: message.requestId,
          state: this.snapshot(),
        });
        if (this.leavesAfterNextLook) {
          this.leavesAfterNextLook = false;
          await this.disconnect();
        }
        return;
      case 'result.ack':
        this.acknowledged.add(message.commandId);
        return;
      case 'result.query':
        if (this.underway.has(message.commandId)) return;
        await this.answer(this.ledger.get(message.commandId) ?? this.unknown(message.commandId));
        return;
      case 'command':
        await this.carryOut(message.command);
        return;
      case 'control':
      case 'describe':
        return;
    }
  }

  private async carryOut(signed: SignedCommand): Promise<void> {
    const command = Command.parse(JSON.parse(signed.payload));
    const { commandId } = command;
    this.received.set(commandId, (this.received.get(commandId) ?? 0) + 1);
    if (this.losesNextCommand) {
      this.losesNextCommand = false;
      return;
    }
    const known = this.ledger.get(commandId);
    if (known !== undefined) return this.answer(known);
    this.underway.add(commandId);
    await this.onCommand(command);
    this.underway.delete(commandId);
    const refusal = this.refusalOf(command, signed);
    const result = refusal ?? this.perform(command);
    this.ledger.set(commandId, result);
    await this.answer(result);
    if (result.status === 'succeeded' || result.status === 'failed') await this.report();
  }

  private async answer(result: CommandResult): Promise<void> {
    if (this.losesNextResult) {
      this.losesNextResult = false;
      return;
    }
    if (this.sendsResults) await this.uplink({ type: 'result', result });
  }

  private refusalOf(command: Command, signed: SignedCommand): CommandResult | undefined {
    const valid = verify(
      null,
      Buffer.from(signed.payload),
      this.options.publicKey,
      Buffer.from(signed.signature, 'base64'),
    );
    const highest = this.tokens.get(command.resource) ?? 0;
    const code = !valid
      ? 'bad-signature'
      : command.host !== this.options.host
        ? 'wrong-host'
        : command.expiresAt < Date.now()
          ? 'expired'
          : command.fencingToken < highest
            ? 'stale-token'
            : undefined;
    if (code !== undefined) return { ...this.resultOf(command), status: 'refused', code };
    this.tokens.set(command.resource, command.fencingToken);
    return undefined;
  }

  private perform(command: Command): CommandResult {
    const { operation } = command;
    const present = this.replicas.get(keyOf(operation));
    const live = present?.state === 'running' ? present : undefined;
    const { precondition } = operation;
    const holds =
      precondition.kind === 'any' ||
      (precondition.kind === 'absent'
        ? live === undefined
        : live?.instance === precondition.instance);
    const result = this.resultOf(command);
    if (!holds) return { ...result, status: 'precondition-failed', code: 'precondition-failed' };
    this.executed.push(command);
    if (this.endsDuringNextCommand) {
      this.endsDuringNextCommand = false;
      return { ...result, status: 'failed', code: 'interrupted', message: 'the agent ended' };
    }
    if (operation.kind === 'stop') {
      if (operation.forget) this.replicas.delete(keyOf(operation));
      else if (present) this.replicas.set(keyOf(operation), { ...present, state: 'stopped' });
      return { ...result, effectAt: Date.now() };
    }
    if (operation.kind === 'reconfigure' && this.changesNothingInPlace) {
      const left = present === undefined ? {} : { observation: present };
      return { ...result, status: 'failed', code: 'needs-restart', ...left };
    }
    if (operation.kind === 'release') {
      this.replicas.delete(keyOf(operation));
      return { ...result, effectAt: Date.now() };
    }
    this.launches += 1;
    const behaviour = this.behaviour(operation.service, this.launches);
    if (behaviour === 'fails') {
      const left = this.tellsWhatFailureLeft && present ? { observation: present } : {};
      const failure = { code: 'spawn-failed', message: 'no such command', ...left };
      return { ...result, status: 'failed', ...failure };
    }
    const { runtime, healthCheck } = operation.service.spec;
    const checked = healthCheck !== undefined;
    const config =
      runtime === 'docker'
        ? containerConfig(operation.service, this.imageFor(operation))
        : { ...(present?.config ?? observation().config), healthCheck };
    const now = Date.now();
    const next = observation({
      ...(operation.kind === 'reconfigure' ? present : {}),
      resource: operation.resource,
      replica: operation.replica,
      runtime,
      config,
      specDigest: operation.specDigest,
      ...(operation.kind === 'reconfigure'
        ? {}
        : { instance: `launch-${this.epoch}-${this.launches}`, startedAt: now }),
      state: behaviour === 'exits' ? 'exited' : 'running',
      ...(behaviour === 'exits' ? { exitCode: 1, exitedAt: now } : {}),
      health:
        behaviour === 'unhealthy'
          ? health('unhealthy', { lastAttemptAt: now, message: 'connection refused' })
          : checked
            ? health('healthy', { lastSuccessAt: now, lastAttemptAt: now })
            : health('none'),
    });
    this.replicas.set(keyOf(operation), next);
    // what the agent answers with is what it did; that the process ends a moment later is news
    const launched: ReplicaObservation = { ...next, state: 'running' };
    return { ...result, effectAt: now, observation: launched };
  }

  private imageFor({
    service,
    images,
  }: Exclude<Operation, { kind: 'stop' | 'release' }>): Partial<ObservedContainer> {
    const [exact] = images ?? [];
    const id = exact?.id ?? this.tagged;
    if (id === undefined) return {};
    const reference = service.spec.image ?? '';
    return { image: { reference, id, currentId: this.tagged ?? id, repoDigests: [] } };
  }

  private resultOf({ commandId, actionId }: Command): CommandResult {
    const now = Date.now();
    return {
      commandId,
      actionId,
      host: this.options.host,
      status: 'succeeded',
      startedAt: now,
      finishedAt: now,
    };
  }

  private unknown(commandId: string): CommandResult {
    const now = Date.now();
    return {
      commandId,
      actionId: '',
      host: this.options.host,
      status: 'unknown',
      startedAt: now,
      finishedAt: now,
    };
  }
}

function keyOf({ resource, replica }: { resource: string; replica: number }): string {
  return `${resource}#${replica}`;
}
