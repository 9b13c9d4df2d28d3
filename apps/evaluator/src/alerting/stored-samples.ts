import type { IncomingSample } from '@vigil/policy';
import { describeError, type Log } from '@vigil/service';
import type { SampleReader, TimeRange } from '@vigil/storage';

/** Bounds of one reading, so that a huge store cannot fill the memory. */
const MAX_SERIES = 20_000;
const MAX_SAMPLES = 500_000;

/** Samples that are older than the stream, or that NATS never saw. */
export class StoredSamples {
  constructor(
    private readonly reader: SampleReader,
    private readonly log: Log,
  ) {}

  /**
   * Gives every stored sample of the metrics to `take`, the newest of too many series left out. When
   * PostgreSQL is away nothing is given: windows then fill from what arrives, and stay unknown until
   * they are covered.
   */
  async read(
    metrics: readonly string[],
    range: TimeRange,
    take: (source: string, sample: IncomingSample) => void,
  ): Promise<void> {
    for (const metric of metrics) {
      try {
        await this.readMetric(metric, range, take);
      } catch (error) {
        this.log.warn('stored samples could not be read', { metric, reason: describeError(error) });
        return;
      }
    }
  }

  private async readMetric(
    name: string,
    range: TimeRange,
    take: (source: string, sample: IncomingSample) => void,
  ): Promise<void> {
    const series = await this.reader.findSeries({ name }, MAX_SERIES);
    if (series.length === 0) return;
    const groups = new Map(series.map(({ id }, group) => [id, group]));
    const points = await this.reader.points(groups, range, MAX_SAMPLES);
    if (points.length === MAX_SAMPLES) this.log.warn('too many stored samples', { metric: name });
    for (const { group, timestamp, value } of points) {
      const of = series[group];
      if (of !== undefined) take(of.source, { name, labels: of.labels, timestamp, value });
    }
  }
}
