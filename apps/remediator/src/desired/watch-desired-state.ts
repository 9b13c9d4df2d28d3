import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { DesiredStateBucket } from '@vigil/contracts';
import { Buckets, type KvChange, type OrderedSubscription } from '@vigil/messaging';
import { DesiredBook } from './desired-book.js';

type Change = KvChange<typeof DesiredStateBucket.values>;

/** Keeps {@link DesiredBook} up to date from the bucket `desired_state`. */
@Injectable()
export class WatchDesiredState implements OnModuleDestroy {
  private watch: OrderedSubscription | undefined;

  constructor(
    private readonly buckets: Buckets,
    private readonly book: DesiredBook,
  ) {}

  /** Resolves when everything that is in the bucket has been read. */
  async start(): Promise<void> {
    this.watch ??= this.buckets.open(DesiredStateBucket).watch({
      onChange: (change) => {
        if (change.kind === 'put') this.put(change);
        else this.remove(change);
      },
      onReset: () => {
        this.book.distrust();
      },
    });
    await this.watch.caughtUp;
  }

  async onModuleDestroy(): Promise<void> {
    await this.watch?.stop();
  }

  private put(change: Extract<Change, { kind: 'put' }>): void {
    if (change.prefix === 'pointer') this.book.putPointer(change.key, change.value);
    if (change.prefix === 'index') this.book.putIndex(change.key, change.value.entries);
    if (change.prefix === 'override') this.book.putOverride(change.key, change.value);
  }

  private remove({ prefix, key }: Extract<Change, { kind: 'delete' }>): void {
    if (prefix === 'pointer') this.book.removePointer(key);
    if (prefix === 'index') this.book.removeIndex(key);
    if (prefix === 'override') this.book.removeOverride(key);
  }
}
