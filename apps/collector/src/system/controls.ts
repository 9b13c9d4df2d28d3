import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import {
  controlKey,
  ControlsBucket,
  decodeToken,
  isControlActive,
  type Control,
} from '@vigil/contracts';
import { Buckets, type OrderedSubscription } from '@vigil/messaging';
import { Clock } from '@vigil/service';

/** A switch that holds now, and what it holds for. */
export interface ActiveControl {
  /** The source or resource; empty for stop-the-world. */
  readonly name: string;
  readonly control: Control;
}

type ControlKind = 'stop' | 'source' | 'resource';

/** The switches that people set: stop-the-world, suspended sources and resources. */
@Injectable()
export class Controls implements OnModuleInit, OnModuleDestroy {
  private readonly values = new Map<string, Control>();
  private readonly stopListeners = new Set<() => void>();
  private watch: OrderedSubscription | undefined;
  private known = false;

  constructor(
    private readonly buckets: Buckets,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.watch = this.buckets.open(ControlsBucket).watch({
      onChange: (change) => {
        if (change.kind === 'put') this.values.set(change.key, change.value);
        else this.values.delete(change.key);
        if (change.prefix === 'stop' && this.known) this.announceStop();
      },
      onReady: () => {
        this.known = true;
        this.announceStop();
      },
      onReset: () => {
        this.known = false;
        this.values.clear();
      },
    });
  }

  async onModuleDestroy(): Promise<void> {
    await this.watch?.stop();
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

  private announceStop(): void {
    for (const listener of this.stopListeners) listener();
  }

  private keys(kind: ControlKind) {
    return this.buckets.open(ControlsBucket).keys(kind);
  }
}

function nameOf(key: string): string {
  const dot = key.indexOf('.');
  return dot < 0 ? '' : (decodeToken(key.slice(dot + 1)) ?? key.slice(dot + 1));
}
