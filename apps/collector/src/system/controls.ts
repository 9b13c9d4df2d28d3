import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { controlKey, ControlsBucket, isControlActive, type Control } from '@vigil/contracts';
import { Buckets, DurableKeys, type Written } from '@vigil/messaging';
import { Clock, Log } from '@vigil/service';
import { ControlsStore, kindOf, nameOf, type ControlKind } from './controls.store.js';

/** A switch that holds now, and what it holds for. */
export interface ActiveControl {
  /** The source or resource; empty for stop-the-world. */
  readonly name: string;
  readonly control: Control;
}

/** What a person wants of a switch. */
export type Switching = Pick<Control, 'active' | 'reason' | 'actor' | 'until'>;

/**
 * How long a collector that starts waits for PostgreSQL before it believes the bucket alone: a switch
 * that was set while NATS was away is in PostgreSQL only. Milliseconds.
 */
const COMPARE_PATIENCE_MS = 2_000;

/**
 * The switches that people set: stop-the-world, suspended sources and resources. The collector owns
 * them: they are in the bucket `controls`, from which every part learns them, and in the table
 * `controls`, from which they come back when NATS has lost its data. Until they have, they are
 * unknown, which is not the same as none.
 */
@Injectable()
export class Controls implements OnModuleInit, OnModuleDestroy {
  private readonly stopListeners = new Set<() => void>();
  private readonly durable: DurableKeys<(typeof ControlsBucket)['values'], Control>;
  private isPatient = true;
  private patience: NodeJS.Timeout | undefined;
  private unknownSince: number | undefined;

  constructor(
    buckets: Buckets,
    store: ControlsStore,
    private readonly clock: Clock,
    log: Log,
  ) {
    const bucket = buckets.open(ControlsBucket);
    this.durable = new DurableKeys({
      bucket,
      valueOf: (change) =>
        change.kind === 'put' && change.prefix !== 'restored' ? change.value : undefined,
      keysFor: (key) => bucket.keys(kindOf(key)),
      changedAt: ({ at }) => at,
      hasExpired: ({ until }) => until !== undefined && until <= clock.now(),
      marks: bucket.keys('restored'),
      mark: { key: controlKey.restored(), by: 'collector' },
      copy: store,
      onChange: (key) => {
        if (kindOf(key) === 'stop') this.announceStop();
      },
      onKnown: () => this.announceStop(),
      onCompared: () => this.announceStop(),
      clock,
      log: log.child('controls'),
    });
  }

  onModuleInit(): void {
    this.unknownSince = this.clock.now();
    this.patience = setTimeout(() => {
      this.isPatient = false;
      this.announceStop();
    }, COMPARE_PATIENCE_MS);
    this.durable.start();
  }

  async onModuleDestroy(): Promise<void> {
    clearTimeout(this.patience);
    await this.durable.stop();
  }

  /** False while there may be switches that this collector does not know of. */
  isKnown(): boolean {
    return this.durable.isKnown && (this.durable.isCompared || !this.isPatient);
  }

  /** Since when they are not known, Unix ms; undefined while they are. */
  notKnownSince(): number | undefined {
    return this.isKnown() ? undefined : this.unknownSince;
  }

  /** How many switches PostgreSQL does not have yet. */
  unsavedCount(): number {
    return this.durable.unsavedCount;
  }

  /** Whether stop-the-world holds; undefined while that is not known. */
  isStopped(): boolean | undefined {
    if (this.stop() !== undefined) return true;
    return this.isKnown() ? false : undefined;
  }

  stop(): Control | undefined {
    return this.active('stop')[0]?.control;
  }

  /** The switches of a kind that hold now. */
  active(kind: ControlKind): ActiveControl[] {
    const now = this.clock.now();
    return [...this.durable.entries()]
      .filter(([key, control]) => kindOf(key) === kind && isControlActive(control, now))
      .map(([key, control]) => ({ name: nameOf(key), control }));
  }

  activeFor(kind: 'source' | 'resource', name: string): Control | undefined {
    const control = this.durable.get(controlKey[kind](name));
    return isControlActive(control, this.clock.now()) ? control : undefined;
  }

  /** @throws WriteRefused when neither NATS nor PostgreSQL takes it: then nothing is switched */
  setStop(switching: Switching): Promise<Written> {
    return this.set(controlKey.stop(), switching);
  }

  /** @throws WriteRefused when neither NATS nor PostgreSQL takes it: then nothing is switched */
  setSource(name: string, switching: Switching): Promise<Written> {
    return this.set(controlKey.source(name), switching);
  }

  /** @throws WriteRefused when neither NATS nor PostgreSQL takes it: then nothing is switched */
  setResource(resource: string, switching: Switching): Promise<Written> {
    return this.set(controlKey.resource(resource), switching);
  }

  /** Calls back when stop-the-world was switched, or became known or unknown. */
  onStop(listener: () => void): void {
    this.stopListeners.add(listener);
  }

  private set(key: string, switching: Switching): Promise<Written> {
    return this.durable.record(key, (present) => ({
      ...switching,
      // later than what it replaces, even if that was written by a clock that is ahead
      at: Math.max(this.clock.now(), (present?.at ?? -1) + 1),
    }));
  }

  private announceStop(): void {
    if (this.isKnown()) this.unknownSince = undefined;
    else this.unknownSince ??= this.clock.now();
    for (const listener of this.stopListeners) listener();
  }
}
