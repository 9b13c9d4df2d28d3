import type { IncomingSample } from '@vigil/policy';
import { describeError, type Log } from '@vigil/service';
import type { SampleReader, SeriesRecord, TimeRange } from '@vigil/storage';

export interface StoredSamplesLimits {
  /** Series of one metric. Default 20,000. */
  readonly series?: number;
  /** Samples of one metric; each of its series gets the same share. Default 5,000,000. */
  readonly samples?: number;
  /** Samples in memory at once. Default 100,000. */
  readonly batch?: number;
}

/** As many as a window holds of one series at most. */
const MAX_SAMPLES_OF_SERIES = 65_536;

/** What is read of the store. */
export interface StoredRange extends TimeRange {
  readonly metrics: readonly string[];
  /** Absent: all sources. */
  readonly sources?: readonly string[];
}

/** Samples that are older than the stream, or that NATS never saw. */
export class StoredSamples {
  private readonly limits: Required<StoredSamplesLimits>;

  constructor(
    private readonly reader: SampleReader,
    private readonly log: Log,
    limits: StoredSamplesLimits = {},
  ) {
    this.limits = { series: 20_000, samples: 5_000_000, batch: 100_000, ...limits };
  }

  /**
   * Gives the stored samples of the metrics to `take`, each series in order. Of a huge store the newest
   * series are left out, and of each of the others the oldest samples, so that what is true now can be
   * told. False when PostgreSQL is away: windows then fill from what arrives, and stay unknown until
   * they are covered.
   */
  async read(
    { metrics, sources, from, to }: StoredRange,
    take: (source: string, sample: IncomingSample) => void,
  ): Promise<boolean> {
    for (const name of metrics) {
      try {
        const series = await this.reader.findSeries({ name, sources }, this.limits.series);
        await this.readSeries(series, { from, to }, take);
      } catch (error) {
        const reason = describeError(error);
        this.log.warn('stored samples could not be read', { metric: name, reason });
        return false;
      }
    }
    return true;
  }

  private async readSeries(
    series: readonly SeriesRecord[],
    range: TimeRange,
    take: (source: string, sample: IncomingSample) => void,
  ): Promise<void> {
    const { samples, batch } = this.limits;
    const share = Math.floor(samples / Math.max(1, series.length));
    const perSeries = Math.max(1, Math.min(MAX_SAMPLES_OF_SERIES, share));
    const size = Math.max(1, Math.floor(batch / perSeries));
    for (let start = 0; start < series.length; start += size) {
      const some = series.slice(start, start + size);
      const groups = new Map(some.map(({ id }, group) => [id, group]));
      const points = await this.reader.newestPoints(groups, range, perSeries);
      for (const { group, timestamp, value } of points) {
        const of = some[group];
        if (of === undefined) continue;
        take(of.source, { name: of.name, labels: of.labels, timestamp, value });
      }
    }
  }
}
