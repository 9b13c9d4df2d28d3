import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { controlKey, ControlsBucket, type ActionRequest, type Control } from '@vigil/contracts';
import type { Mode } from '@vigil/manifests';
import { Buckets, type OrderedSubscription } from '@vigil/messaging';
import type { Controls } from '../gates/gate.js';
import type { Overrides } from './overrides.js';

/** What people allow at the moment: the system's mode, and what they have stopped. */
@Injectable()
export class Switches implements OnModuleDestroy {
  private readonly controls = new Map<string, Control>();
  private isKnown = false;
  private watch: OrderedSubscription | undefined;

  constructor(
    readonly systemMode: Mode,
    private readonly buckets: Buckets,
    private readonly overrides: Pick<Overrides, 'isKnown' | 'untilRead'>,
  ) {}

  /** Resolves when every switch and override that is there has been read. */
  async start(): Promise<void> {
    // a bucket that the server has lost comes back empty: that lifts no stop, only a person does
    this.watch ??= this.buckets.open(ControlsBucket).watch({
      onChange: (change) => {
        if (change.prefix === 'restored') return;
        if (change.kind === 'put') this.put(change.key, change.value);
        else this.controls.delete(change.key);
      },
      whole: {
        mark: controlKey.restored(),
        onChange: (isWhole) => {
          this.isKnown = isWhole;
        },
      },
    });
    await Promise.all([this.watch.caughtUp, this.overrides.untilRead()]);
  }

  async onModuleDestroy(): Promise<void> {
    await this.watch?.stop();
  }

  /** False after a loss of NATS' data, until the collector has put everything back. */
  get areKnown(): boolean {
    return this.isKnown;
  }

  /** The switches that concern a request. */
  of({ source, resource }: Pick<ActionRequest, 'source' | 'resource'>): Controls {
    return {
      isKnown: this.isKnown,
      areOverridesKnown: this.overrides.isKnown,
      stop: this.controls.get(controlKey.stop()),
      source: source === undefined ? undefined : this.controls.get(controlKey.source(source)),
      resource: this.controls.get(controlKey.resource(resource)),
    };
  }

  /** What somebody puts back may be older than what is known here. */
  private put(key: string, control: Control): void {
    const known = this.controls.get(key);
    if (known === undefined || known.at <= control.at) this.controls.set(key, control);
  }
}
