import { Injectable } from '@nestjs/common';
import { controlKey, ControlsBucket, isControlActive, type Control } from '@vigil/contracts';
import { Buckets, TypedBucket, type OrderedSubscription } from '@vigil/messaging';
import { Clock } from '@vigil/service';

/** Whether people have suspended a source. */
@Injectable()
export class Suspension {
  private readonly bucket: TypedBucket<(typeof ControlsBucket)['values']>;

  constructor(
    buckets: Buckets,
    private readonly clock: Clock,
  ) {
    this.bucket = buckets.open(ControlsBucket);
  }

  /** The control that holds the source back now. @throws NatsUnavailable */
  async of(source: string): Promise<Control | undefined> {
    const entry = await this.bucket.keys('source').get(controlKey.source(source));
    return isControlActive(entry?.value, this.clock.now()) ? entry?.value : undefined;
  }

  /** Calls back when the control of a source changes. */
  watch(source: string, onChange: () => void): OrderedSubscription {
    const key = controlKey.source(source);
    return this.bucket.watch({
      prefix: 'source',
      onChange: (change) => {
        if (change.key === key) onChange();
      },
    });
  }
}
