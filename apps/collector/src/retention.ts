import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Clock, describeError, Log } from '@vigil/service';
import { Database, PostgresSampleStore } from '@vigil/storage';

const MAINTAIN_EVERY_MS = 3_600_000;

/** How long samples are kept, milliseconds. */
export class RetentionPeriod {
  constructor(readonly ms: number) {}
}

/** Drops samples that are too old, and makes room for those to come. */
@Injectable()
export class Retention implements OnModuleInit, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private stopListening = () => {};
  private maintaining: Promise<void> | undefined;

  constructor(
    private readonly period: RetentionPeriod,
    private readonly store: PostgresSampleStore,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** The oldest sample that is still taken, Unix ms. */
  oldest(now: number): number {
    return now - this.period.ms;
  }

  onModuleInit(): void {
    this.stopListening = this.database.onUp(() => this.maintain());
    this.timer = setInterval(() => this.maintain(), MAINTAIN_EVERY_MS);
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    this.stopListening();
    await this.maintaining;
  }

  private maintain(): void {
    this.maintaining ??= this.maintainOnce().finally(() => {
      this.maintaining = undefined;
    });
  }

  private async maintainOnce(): Promise<void> {
    const now = this.clock.now();
    try {
      const dropped = await this.store.maintain(now, this.oldest(now));
      if (dropped.length > 0) this.log.info('old samples were dropped', { partitions: dropped });
    } catch (error) {
      this.log.warn('partitions were not maintained, trying again later', {
        reason: describeError(error),
      });
    }
  }
}
