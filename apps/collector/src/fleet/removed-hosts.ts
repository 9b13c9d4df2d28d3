import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import {
  FleetBucket,
  fleetKey,
  REMOVED_HOST_MEMORY_MS,
  StateObserved,
  type RemovedHost,
} from '@vigil/contracts';
import { Bus, Buckets, NatsConnection, type OrderedSubscription } from '@vigil/messaging';
import { Clock, describeError, dispositionOf, Log } from '@vigil/service';
import { AgentRegistry } from './agent-registry.js';
import { AgentsStore } from './agents.store.js';

/** How often the bucket is compared with the tables, milliseconds. */
const RECONCILE_MS = 60_000;

/** A snapshot that was on its way while its host was removed is stored within this time, milliseconds. */
const STRAGGLER_MS = 5 * 60_000;

/** The parts of messaging that tell about the fleet. */
@Injectable()
export class FleetMessaging {
  constructor(
    readonly connection: NatsConnection,
    readonly bus: Bus,
    readonly buckets: Buckets,
  ) {}
}

/**
 * Tells the other services which hosts were removed, in the bucket `fleet`, and takes their snapshots
 * out of the stream STATE. The tables are the truth: what cannot be told while NATS is away, or what
 * NATS has lost, is told again.
 */
@Injectable()
export class RemovedHosts implements OnModuleInit, OnModuleDestroy {
  /** What the bucket says, by key. */
  private readonly told = new Map<string, RemovedHost>();
  private toldIsComplete = false;
  private timer: NodeJS.Timeout | undefined;
  private watch: OrderedSubscription | undefined;
  private stopListening = () => {};
  private reconciling: Promise<void> | undefined;
  private again = false;
  /** Grows with every enrolment and removal here. */
  private version = 0;

  constructor(
    private readonly agents: AgentsStore,
    private readonly registry: AgentRegistry,
    private readonly nats: FleetMessaging,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    this.watch = this.nats.buckets.open(FleetBucket).watch({
      onChange: (change) => {
        if (change.kind === 'put') this.onTold(change.key, change.value);
        else this.told.delete(change.key);
      },
      onReady: () => {
        this.toldIsComplete = true;
        this.reconcile();
      },
      onReset: () => {
        this.told.clear();
        this.toldIsComplete = false;
      },
    });
    this.stopListening = this.nats.connection.onUp(() => this.reconcile());
    this.timer = setInterval(() => this.reconcile(), RECONCILE_MS);
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    this.stopListening();
    await this.watch?.stop();
    await this.reconciling;
  }

  /** After the removal was committed. What fails now is repeated. */
  async tell(removed: RemovedHost): Promise<void> {
    this.version += 1;
    await this.attempt(() => this.announce(removed));
  }

  /** After the enrolment of a host was committed. What fails now is repeated. */
  async welcome(host: string): Promise<void> {
    this.version += 1;
    await this.attempt(() => this.keys().delete(fleetKey.removed(host)));
  }

  private onTold(key: string, removed: RemovedHost): void {
    this.told.set(key, removed);
    // another collector may have looked just before the host was enrolled again
    if (this.registry.has(removed.host)) this.reconcile();
  }

  private reconcile(): void {
    this.again = true;
    this.reconciling ??= this.reconcileUntilQuiet().finally(() => {
      this.reconciling = undefined;
    });
  }

  private async reconcileUntilQuiet(): Promise<void> {
    while (this.again) {
      this.again = false;
      await this.attempt(() => this.reconcileOnce());
    }
  }

  private async reconcileOnce(): Promise<void> {
    if (!this.toldIsComplete || this.nats.connection.status().state !== 'up') return;
    const { version } = this;
    const now = this.clock.now();
    // the bucket first: what it says was committed before
    const told = new Map(this.told);
    const removed = await this.agents.removedSince(now - REMOVED_HOST_MEMORY_MS);
    if (this.version !== version) {
      this.again = true;
      return;
    }
    for (const each of removed) {
      const known = told.get(fleetKey.removed(each.host));
      told.delete(fleetKey.removed(each.host));
      if (this.registry.has(each.host)) continue;
      if (known?.removedAt !== each.removedAt) await this.announce(each);
      else if (now - each.removedAt < STRAGGLER_MS) await this.forgetState(each.host);
    }
    // what is left was enrolled again, or is so old that it says nothing any more
    for (const key of told.keys()) await this.keys().delete(key);
  }

  /** The snapshot goes first: whoever hears that the host is gone may rely on it. */
  private async announce(removed: RemovedHost): Promise<void> {
    await this.forgetState(removed.host);
    await this.keys().put(fleetKey.removed(removed.host), removed);
  }

  private forgetState(host: string): Promise<void> {
    return this.nats.bus.forget(StateObserved, { params: { host } });
  }

  private async attempt(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (dispositionOf(error) !== 'retry') throw error;
      this.log.warn('which hosts were removed is told later', { reason: describeError(error) });
    }
  }

  private keys() {
    return this.nats.buckets.open(FleetBucket).keys('removed');
  }
}
