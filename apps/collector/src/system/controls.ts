import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import {
  controlKey,
  ControlsBucket,
  decodeToken,
  isControlActive,
  type Control,
} from '@vigil/contracts';
import { Buckets, WrongRevision, type KvChange, type OrderedSubscription } from '@vigil/messaging';
import { Clock, describeError, dispositionOf, Log } from '@vigil/service';
import { setTimeout as delay } from 'node:timers/promises';

/** A switch that holds now, and what it holds for. */
export interface ActiveControl {
  /** The source or resource; empty for stop-the-world. */
  readonly name: string;
  readonly control: Control;
}

type ControlKind = 'stop' | 'source' | 'resource';

/** How long until a switch that could not be put back is tried again, milliseconds. */
const RETRY_MS = 1_000;

/**
 * The switches that people set: stop-the-world, suspended sources and resources. A NATS that lost its
 * data does not end them: what was known goes on to hold, and is put back into the bucket.
 */
@Injectable()
export class Controls implements OnModuleInit, OnModuleDestroy {
  private readonly values = new Map<string, Control>();
  private readonly stopListeners = new Set<() => void>();
  private watch: OrderedSubscription | undefined;
  /** What the bucket lost and does not hold again yet. */
  private readonly lost = new Set<string>();
  private readonly ending = new AbortController();
  private restoring: Promise<void> | undefined;
  private known = false;

  constructor(
    private readonly buckets: Buckets,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    this.watch = this.buckets.open(ControlsBucket).watch({
      onChange: (change) => this.take(change),
      onReady: () => {
        this.known = true;
        this.announceStop();
        this.restore();
      },
      onReset: (reason) => {
        if (reason !== 'stream-lost') return;
        for (const key of this.values.keys()) this.lost.add(key);
      },
    });
  }

  async onModuleDestroy(): Promise<void> {
    this.ending.abort();
    await this.watch?.stop();
    await this.restoring;
  }

  /** Whether stop-the-world holds; undefined while that is not known. */
  isStopped(): boolean | undefined {
    return this.known ? this.stop() !== undefined : undefined;
  }

  stop(): Control | undefined {
    return this.active('stop')[0]?.control;
  }

  /** The switches of a kind that hold now. */
  active(kind: ControlKind): ActiveControl[] {
    const now = this.clock.now();
    return [...this.values]
      .filter(([key, control]) => key.split('.', 1)[0] === kind && isControlActive(control, now))
      .map(([key, control]) => ({ name: nameOf(key), control }));
  }

  activeFor(kind: 'source' | 'resource', name: string): Control | undefined {
    const control = this.values.get(controlKey[kind](name));
    return isControlActive(control, this.clock.now()) ? control : undefined;
  }

  async setStop(control: Control): Promise<void> {
    await this.keys('stop').put(controlKey.stop(), control);
  }

  async setSource(name: string, control: Control): Promise<void> {
    await this.keys('source').put(controlKey.source(name), control);
  }

  /** Calls back when stop-the-world was switched, or became known. */
  onStop(listener: () => void): void {
    this.stopListeners.add(listener);
  }

  private take(change: KvChange<typeof ControlsBucket.values>): void {
    this.lost.delete(change.key);
    if (change.kind === 'put') this.values.set(change.key, change.value);
    else this.values.delete(change.key);
    if (change.prefix === 'stop' && this.known) this.announceStop();
  }

  private restore(): void {
    this.restoring ??= this.restoreLost().finally(() => {
      this.restoring = undefined;
    });
  }

  /** Ends when the bucket holds again what it lost, or something newer. */
  private async restoreLost(): Promise<void> {
    const { signal } = this.ending;
    while (this.lost.size > 0 && !signal.aborted) {
      for (const key of [...this.lost]) await this.putBack(key);
      if (this.lost.size > 0) await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Creates only: what somebody has set since is newer, and comes with the watch. */
  private async putBack(key: string): Promise<void> {
    const control = this.values.get(key);
    if (control === undefined) return;
    try {
      await this.keys(kindOf(key)).create(key, control);
      this.lost.delete(key);
      this.log.warn('a switch that NATS lost was put back', { entry: key });
    } catch (error) {
      if (error instanceof WrongRevision) {
        this.lost.delete(key);
        return;
      }
      if (dispositionOf(error) !== 'retry') {
        this.lost.delete(key);
        this.log.error('a switch that NATS lost cannot be put back', error, { entry: key });
        return;
      }
      this.log.warn('a switch that NATS lost is put back later', {
        entry: key,
        reason: describeError(error),
      });
    }
  }

  private announceStop(): void {
    for (const listener of this.stopListeners) listener();
  }

  private keys(kind: ControlKind) {
    return this.buckets.open(ControlsBucket).keys(kind);
  }
}

function kindOf(key: string): ControlKind {
  const [prefix] = key.split('.', 1);
  return prefix === 'source' || prefix === 'resource' ? prefix : 'stop';
}

function nameOf(key: string): string {
  const dot = key.indexOf('.');
  return dot < 0 ? '' : (decodeToken(key.slice(dot + 1)) ?? key.slice(dot + 1));
}
