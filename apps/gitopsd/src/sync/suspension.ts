import { Injectable } from '@nestjs/common';
import { controlKey, ControlsBucket, isControlActive, type Control } from '@vigil/contracts';
import { Buckets, TypedBucket, type OrderedSubscription } from '@vigil/messaging';
import { Clock, pause } from '@vigil/service';

/** `unknown`: NATS is new or has lost the switches, and the collector has not restored them yet. */
export type Suspended =
  | { readonly kind: 'no' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'yes'; readonly control: Control };

/** How long a look waits for the switches to be read, milliseconds. */
const READ_PATIENCE_MS = 2_000;

/** Whether people have suspended a source. */
@Injectable()
export class Suspension {
  private readonly bucket: TypedBucket<(typeof ControlsBucket)['values']>;
  /** What was last seen, by key: it goes on to hold when NATS loses it. */
  private readonly seen = new Map<string, Control>();
  private areKnown = false;
  private watching: OrderedSubscription | undefined;
  private isRead = false;

  constructor(
    buckets: Buckets,
    private readonly clock: Clock,
  ) {
    this.bucket = buckets.open(ControlsBucket);
  }

  /** Whether a source is suspended now, as far as that is known. @throws NatsUnavailable */
  async of(source: string): Promise<Suspended> {
    const key = controlKey.source(source);
    const entry = await this.bucket.keys('source').get(key);
    if (entry !== undefined) this.take(key, entry.value);
    await this.untilRead();
    const control = this.seen.get(key);
    if (control !== undefined && isControlActive(control, this.clock.now())) {
      return { kind: 'yes', control };
    }
    return { kind: this.areKnown ? 'no' : 'unknown' };
  }

  /** Calls back when the control of a source changes, or becomes known or unknown. */
  watch(source: string, onChange: () => void): OrderedSubscription {
    const key = controlKey.source(source);
    const watching = this.bucket.watch({
      prefix: 'source',
      onChange: (change) => {
        if (change.key !== key || change.prefix !== 'source') return;
        if (change.kind === 'put') this.take(key, change.value);
        else this.seen.delete(key);
        onChange();
      },
      onReady: () => {
        this.isRead = true;
      },
      whole: {
        mark: controlKey.restored(),
        onChange: (isWhole) => {
          this.areKnown = isWhole;
          onChange();
        },
      },
    });
    this.watching = watching;
    return watching;
  }

  /** Where NATS answers, it is a moment until everything was read. */
  private async untilRead(): Promise<void> {
    if (this.isRead || this.watching === undefined) return;
    const over = new AbortController();
    await Promise.race([this.watching.caughtUp, pause(READ_PATIENCE_MS, over.signal)]);
    over.abort();
  }

  /** What somebody puts back may be older than what is known here. */
  private take(key: string, control: Control): void {
    const known = this.seen.get(key);
    if (known === undefined || known.at <= control.at) this.seen.set(key, control);
  }
}
