import { MetricsIngested, MetricsMissed } from '@vigil/contracts';
import type { IncomingSample } from '@vigil/policy';
import type { ResourceId } from '@vigil/manifests';
import type { OrderedSubscription, Subscriptions } from '@vigil/messaging';
import type { Clock } from '@vigil/service';
import type { RemovedHosts } from '../observed/removed-hosts.js';
import type { Alerting } from './alerting.js';
import { FillGaps, type SampleGap } from './fill-gaps.js';
import type { StoredSamples } from './stored-samples.js';

/** The stream keeps an hour at most; what it does not have is read from the store. */
const STREAM_MS = 3_600_000;

/** Samples may be newer by their own clock than the message that they came in, milliseconds. */
const CLOCK_MARGIN_MS = 30_000;

/** Policies are evaluated at most this often because of new samples. */
const COALESCE_MS = 100;

export interface SampleFeedParts {
  readonly alerting: Alerting;
  readonly subscriptions: Subscriptions;
  readonly stored: StoredSamples;
  readonly removed: RemovedHosts;
  readonly clock: Clock;
}

export interface SampleListener {
  /** Everything that can be read of the past was read. */
  readonly onReady: () => void;
  /** What follows may rest on incomplete windows until it is ready again. */
  readonly onReading: () => void;
  readonly onPolicies: (policies: Iterable<ResourceId>) => void;
}

/**
 * Feeds the windows of the series that policies read: at start from the stream, and from the store
 * what is older, so that what is pending stays so over a restart; then live. What never came on the
 * stream is read from the store as soon as that is known.
 */
export class SampleFeed {
  private subscriptions: readonly OrderedSubscription[] = [];
  private readonly gaps: FillGaps;
  private readonly touched = new Set<ResourceId>();
  private flushTimer: NodeJS.Timeout | undefined;
  private generation = 0;
  private read = new Map<string, number>();

  constructor(
    private readonly parts: SampleFeedParts,
    private readonly listener: SampleListener,
  ) {
    const { alerting, stored, clock } = parts;
    this.gaps = new FillGaps({
      stored,
      clock,
      needs: () => ({
        metrics: [...this.read.keys()],
        longestMs: Math.max(0, ...this.read.values()),
      }),
      take: (source, sample) => {
        this.takeStored(source, sample);
      },
      onFilled: () => {
        alerting.repeatRestarts();
        listener.onPolicies(alerting.policies.ids());
      },
    });
  }

  /** Takes over what the policies need; reads the past of what is needed anew. */
  async reload(): Promise<void> {
    const { alerting } = this.parts;
    const needs = alerting.policies.needs();
    alerting.series.require(needs);
    const wanted = new Map<string, number>();
    for (const { metric, retentionMs } of needs) {
      wanted.set(metric, Math.max(retentionMs, wanted.get(metric) ?? 0));
    }
    const fresh = [...wanted].filter(([metric, ms]) => ms > (this.read.get(metric) ?? 0));
    this.read = wanted;
    if (fresh.length > 0 || this.subscriptions.length === 0) await this.readPast(new Map(fresh));
  }

  /** Reads from the store what the stream may not have. */
  fillGap(gap: SampleGap): void {
    this.gaps.add(gap);
  }

  async stop(): Promise<void> {
    clearTimeout(this.flushTimer);
    this.generation += 1;
    await Promise.all([this.stopReading(), this.gaps.stop()]);
  }

  private async stopReading(): Promise<void> {
    await Promise.all(this.subscriptions.map((subscription) => subscription.stop()));
  }

  private async readPast(fresh: ReadonlyMap<string, number>): Promise<void> {
    const { alerting, clock, subscriptions } = this.parts;
    const generation = (this.generation += 1);
    this.listener.onReading();
    await this.stopReading();
    if (generation !== this.generation) return;
    const now = clock.now();
    const longest = Math.max(0, ...fresh.values());
    const ingested = subscriptions.subscribeOrdered(
      MetricsIngested,
      {
        deliver: { sinceMs: now - Math.min(longest, STREAM_MS) },
        onReset: () => this.fillGap({ from: 0, to: clock.now(), sources: undefined }),
      },
      (batch) => {
        this.take(batch);
      },
    );
    const missed = subscriptions.subscribeOrdered(
      MetricsMissed,
      { deliver: { sinceMs: now - STREAM_MS } },
      ({ from, to, sources }) => {
        this.fillGap({ from, to: to + 1, sources: sources && new Set(sources) });
      },
    );
    this.subscriptions = [ingested, missed];
    await Promise.all([ingested.caughtUp, missed.caughtUp]);
    if (generation !== this.generation) return;
    // a stream that NATS has lost, or that its size has shortened, has less than its hour
    const streamFrom = Math.max(now - STREAM_MS, ingested.wholeSince ?? now);
    await this.readOlder(fresh, { now, streamFrom });
    if (generation !== this.generation) return;
    alerting.repeatRestarts();
    this.listener.onReady();
  }

  private async readOlder(
    fresh: ReadonlyMap<string, number>,
    { now, streamFrom }: { readonly now: number; readonly streamFrom: number },
  ): Promise<void> {
    const isShort = streamFrom > now - STREAM_MS;
    const to = Math.min(now, streamFrom + (isShort ? CLOCK_MARGIN_MS : 0));
    for (const [metric, retentionMs] of fresh) {
      const from = now - retentionMs;
      if (from >= streamFrom) continue;
      const isRead = await this.parts.stored.read(
        { metrics: [metric], from, to },
        (source, sample) => {
          this.takeStored(source, sample);
        },
      );
      // PostgreSQL is away: nobody waits for it, and it is asked again
      if (!isRead) this.fillGap({ from, to, sources: undefined });
    }
  }

  /** The store does not say when a sample was received; that it is there says it was in time. */
  private takeStored(source: string, sample: IncomingSample): void {
    const { alerting, removed } = this.parts;
    if (removed.isFromBefore(source, sample.timestamp)) return;
    alerting.series.add(source, sample, sample.timestamp);
  }

  private take({ source, receivedAt, samples }: MetricsIngested): void {
    if (this.parts.removed.isFromBefore(source, receivedAt)) return;
    const { series, policies, dirty } = this.parts.alerting;
    series.heard(source, receivedAt);
    for (const sample of samples) {
      const readers = policies.readersOf(sample.name);
      if (readers.length === 0 || series.add(source, sample, receivedAt) !== 'added') continue;
      for (const policy of readers) {
        dirty.add(policy, source);
        this.touched.add(policy);
      }
    }
    if (this.touched.size === 0) return;
    this.flushTimer ??= setTimeout(() => {
      this.flushTimer = undefined;
      const touched = [...this.touched];
      this.touched.clear();
      this.listener.onPolicies(touched);
    }, COALESCE_MS);
  }
}
