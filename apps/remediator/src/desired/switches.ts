import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { controlKey, ControlsBucket, type ActionRequest, type Control } from '@vigil/contracts';
import type { Mode } from '@vigil/manifests';
import { Buckets, type OrderedSubscription } from '@vigil/messaging';
import type { Controls } from '../gates/gate.js';

/** What people allow at the moment: the system's mode, and what they have stopped. */
@Injectable()
export class Switches implements OnModuleDestroy {
  private readonly controls = new Map<string, Control>();
  private watch: OrderedSubscription | undefined;

  constructor(
    readonly systemMode: Mode,
    private readonly buckets: Buckets,
  ) {}

  /** Resolves when every switch is known. */
  async start(): Promise<void> {
    // a bucket that the server has lost comes back empty: that lifts no stop, only a person does
    this.watch ??= this.buckets.open(ControlsBucket).watch({
      onChange: (change) => {
        if (change.kind === 'put') this.controls.set(change.key, change.value);
        else this.controls.delete(change.key);
      },
    });
    await this.watch.caughtUp;
  }

  async onModuleDestroy(): Promise<void> {
    await this.watch?.stop();
  }

  /** The switches that concern a request. */
  of({ source, resource }: Pick<ActionRequest, 'source' | 'resource'>): Controls {
    return {
      stop: this.controls.get(controlKey.stop()),
      source: source === undefined ? undefined : this.controls.get(controlKey.source(source)),
      resource: this.controls.get(controlKey.resource(resource)),
    };
  }
}
