import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { MAX_MISSED_SOURCES, MetricsMissed, type Sample } from '@vigil/contracts';
import { Bus, NatsConnection } from '@vigil/messaging';
import { describeError, Log } from '@vigil/service';

/** How often it is said at most what was missed, milliseconds: every time costs a reading of the store. */
const TELL_EVERY_MS = 5_000;

/** Which stored samples nobody was told of; one stretch of time, however long the outage. */
class Gap {
  from = Infinity;
  to = -Infinity;
  /** Undefined: more than can be named. */
  sources: Set<string> | undefined = new Set();

  add(source: string, samples: readonly Sample[]): void {
    for (const { timestamp } of samples) {
      this.from = Math.min(this.from, timestamp);
      this.to = Math.max(this.to, timestamp);
    }
    this.sources?.add(source);
    if ((this.sources?.size ?? 0) > MAX_MISSED_SOURCES) this.sources = undefined;
  }

  join({ from, to, sources }: Gap): void {
    this.from = Math.min(this.from, from);
    this.to = Math.max(this.to, to);
    for (const source of sources ?? []) this.sources?.add(source);
    if (sources === undefined || (this.sources?.size ?? 0) > MAX_MISSED_SOURCES) {
      this.sources = undefined;
    }
  }
}

/** Says which stored samples could not be published, so that those who evaluate them read the store. */
@Injectable()
export class MissedSamples implements OnModuleInit, OnModuleDestroy {
  private gap: Gap | undefined;
  private telling: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopListening = () => {};

  constructor(
    private readonly bus: Bus,
    private readonly connection: NatsConnection,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    this.stopListening = this.connection.onUp(() => this.tell());
  }

  /** What cannot be said any more is not evaluated: only the samples themselves are certain to stay. */
  async onModuleDestroy(): Promise<void> {
    this.stopListening();
    clearTimeout(this.timer);
    await this.telling;
    await this.tellNow();
    if (this.gap === undefined) return;
    const { from, to } = this.gap;
    this.log.warn('stored samples were not published, and nobody was told', { from, to });
  }

  /** To be called once the samples are committed: who is told may read the store at once. */
  note(source: string, samples: readonly Sample[]): void {
    this.gap ??= new Gap();
    this.gap.add(source, samples);
    this.timer ??= setTimeout(() => this.tell(), TELL_EVERY_MS);
  }

  private tell(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.telling ??= this.tellNow().finally(() => {
      this.telling = undefined;
      if (this.gap !== undefined) this.timer ??= setTimeout(() => this.tell(), TELL_EVERY_MS);
    });
  }

  private async tellNow(): Promise<void> {
    const { gap } = this;
    if (gap === undefined || this.connection.status().state !== 'up') return;
    this.gap = undefined;
    const { from, to, sources } = gap;
    try {
      await this.bus.publish(MetricsMissed, {
        from,
        to,
        ...(sources === undefined ? {} : { sources: [...sources] }),
      });
      this.log.info('told that stored samples were not published', { from, to });
    } catch (error) {
      if (this.gap !== undefined) gap.join(this.gap);
      this.gap = gap;
      this.log.debug('what was missed is told later', { reason: describeError(error) });
    }
  }
}
