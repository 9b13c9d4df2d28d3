import { labelsKey, sortedLabels, type Labels } from './labels.js';
import {
  latenessBoundMs,
  MAX_STALE_MS,
  MIN_SAMPLES,
  SeriesWindow,
  type Retention,
} from './series-window.js';

/** A sample as it arrives; identified by (source, name, labels, timestamp). */
export interface IncomingSample {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
  /** Unix ms, by the clock of the source. */
  readonly timestamp: number;
}

/** How long a metric has to be kept for a condition. */
export interface MetricNeed {
  readonly metric: string;
  /** Length of history in ms. */
  readonly retentionMs: number;
  /** Samples that are kept even when they are older. */
  readonly minSamples: number;
}

/**
 * What became of a sample. `late`: later than the lateness bound; `future`: far ahead of the receiver's
 * clock; `unneeded`: no condition reads the metric; `full`: the store holds its maximum of series.
 */
export type AddOutcome =
  'added' | 'duplicate' | 'late' | 'future' | 'unneeded' | 'invalid' | 'full';

export interface SeriesStoreOptions {
  /** Most series held at once. Default 200,000. */
  readonly maxSeries?: number;
  /** Most samples held of one series. Default 65,536 (1 MiB). */
  readonly maxSamplesPerSeries?: number;
}

/** Up to this many series of one metric and source are told apart by looking at each. */
const FEW_SERIES = 4;

/** A timestamp further ahead of the receiver's clock than this is refused. */
export const MAX_AHEAD_MS = 300_000;

/**
 * The recent samples of every series that a condition reads, and when each source was last heard.
 * Time is always an argument. Bounded in series and in samples per series; what does not fit is
 * counted in `refused`, and makes empty results `unknown` instead of `false`.
 */
export class SeriesStore {
  private readonly maxSeries: number;
  private readonly maxSamples: number;
  private needs = new Map<string, Retention>();
  private heartbeatRetention: Retention;
  private readonly byMetric = new Map<string, Map<string, Map<string, SeriesWindow>>>();
  /**
   * Finds one series of many by its labels in the order in which its source writes them, which hardly
   * changes: cheaper than sorting them for every sample.
   */
  private readonly aliases = new Map<string, SeriesWindow>();
  private readonly heartbeats = new Map<string, SeriesWindow>();
  private series = 0;
  private refusedCount = 0;

  constructor(options: SeriesStoreOptions = {}) {
    this.maxSeries = options.maxSeries ?? 200_000;
    this.maxSamples = options.maxSamplesPerSeries ?? 65_536;
    this.heartbeatRetention = this.retention({ retentionMs: 0, minSamples: MIN_SAMPLES });
  }

  /** Number of series held. */
  get size(): number {
    return this.series;
  }

  /** Samples of new series that were refused because the store was full. */
  get refused(): number {
    return this.refusedCount;
  }

  /**
   * Keeps what these needs ask for, the longest of each metric, and drops metrics that nobody needs.
   * A metric that is new or needs more history starts with what arrives from now on.
   */
  require(needs: Iterable<MetricNeed>): void {
    const merged = new Map<string, Retention>();
    let longest = 0;
    for (const need of needs) {
      const known = merged.get(need.metric);
      merged.set(
        need.metric,
        this.retention({
          retentionMs: Math.max(need.retentionMs, known?.retentionMs ?? 0),
          minSamples: Math.max(need.minSamples, known?.minSamples ?? MIN_SAMPLES),
        }),
      );
      longest = Math.max(longest, need.retentionMs);
    }
    this.needs = merged;
    this.heartbeatRetention = this.retention({ retentionMs: longest, minSamples: MIN_SAMPLES });
    for (const metric of this.byMetric.keys()) if (!merged.has(metric)) this.dropMetric(metric);
  }

  /**
   * Takes a sample in. `receivedAt` (Unix ms, the receiver's clock) decides whether it is too late to
   * act and tells that the source is alive; samples re-read from the store to fill a gap pass the
   * `receivedAt` that was recorded with them.
   */
  add(source: string, sample: IncomingSample, receivedAt: number): AddOutcome {
    this.heard(source, receivedAt);
    const retention = this.needs.get(sample.name);
    if (retention === undefined) return 'unneeded';
    if (!Number.isFinite(sample.value) || !Number.isFinite(sample.timestamp)) return 'invalid';
    if (sample.timestamp > receivedAt + MAX_AHEAD_MS) return 'future';
    const series = this.seriesFor(source, sample, receivedAt);
    if (series === undefined) {
      this.refusedCount += 1;
      return 'full';
    }
    const lateness = receivedAt - sample.timestamp;
    if (lateness > latenessBoundMs(series.intervalMs(series.count - 1))) return 'late';
    const outcome = series.add(sample.timestamp, sample.value, retention);
    return outcome === 'too-old' ? 'late' : outcome;
  }

  /** Notes that a source was heard (any message of it), by the receiver's clock. */
  heard(source: string, at: number): void {
    let heartbeat = this.heartbeats.get(source);
    if (heartbeat === undefined) {
      if (this.heartbeats.size >= this.maxSeries) return;
      heartbeat = new SeriesWindow('', source, { source }, source, at);
      this.heartbeats.set(source, heartbeat);
    }
    if (heartbeat.timeAt(heartbeat.count - 1) === at) return;
    heartbeat.add(at, 1, this.heartbeatRetention);
  }

  /** When a source was heard, as a series of ones; undefined when it never was. */
  heartbeat(source: string): SeriesWindow | undefined {
    return this.heartbeats.get(source);
  }

  /** Every source that was ever heard and not forgotten. */
  sources(): IterableIterator<string> {
    return this.heartbeats.keys();
  }

  /** True while the newest message of the source is not stale (3 of its intervals, 30 s to 5 min). */
  isAlive(source: string, now: number): boolean {
    const heartbeat = this.heartbeats.get(source);
    if (heartbeat === undefined) return false;
    const newest = heartbeat.indexAt(now);
    return newest >= 0 && now - heartbeat.timeAt(newest) <= heartbeat.staleAfterMs(newest);
  }

  /** The series of a metric, of one source or of all, in the order in which they appeared. */
  seriesOf(metric: string, source?: string): Iterable<SeriesWindow> {
    const sources = this.byMetric.get(metric);
    if (sources === undefined) return [];
    return source === undefined ? seriesOfAll(sources) : (sources.get(source)?.values() ?? []);
  }

  /** An action began a new window for all series that have these labels: what is older is forgotten. */
  restart(labels: Labels, at: number): void {
    const wanted = Object.entries(labels);
    for (const metric of this.byMetric.keys()) {
      for (const series of this.seriesOf(metric)) {
        if (wanted.every(([name, value]) => series.labels[name] === value)) series.restart(at);
      }
    }
  }

  /** A host left the fleet: its series are no longer stale, they are gone. */
  forgetSource(source: string): void {
    this.heartbeats.delete(source);
    for (const metric of this.byMetric.keys()) {
      for (const series of [...this.seriesOf(metric, source)]) this.drop(series);
    }
  }

  /**
   * Drops series that have ended: their source is alive but has not reported them for twice the longest
   * history that is needed, plus the longest time after which a series is stale. A series of a source
   * that is silent stays, and stays unknown, until the source is forgotten. To be called every minute.
   */
  sweep(now: number): void {
    for (const [metric, sources] of this.byMetric) {
      const ended = now - MAX_STALE_MS - (this.needs.get(metric)?.retentionMs ?? 0);
      for (const [source, group] of sources) {
        if (!this.isAlive(source, now)) continue;
        for (const series of [...group.values()]) {
          const newest = series.count > 0 ? series.timeAt(series.count - 1) : series.createdAt;
          if (newest < ended) this.drop(series);
        }
      }
    }
  }

  private seriesFor(
    source: string,
    { name, labels }: IncomingSample,
    receivedAt: number,
  ): SeriesWindow | undefined {
    const group = this.byMetric.get(name)?.get(source);
    if (group !== undefined && group.size <= FEW_SERIES) {
      for (const series of group.values()) if (series.hasLabels(labels)) return series;
      return this.findOrCreate(source, name, labels, receivedAt);
    }
    const alias = `${source}\n${name}\n${JSON.stringify(labels)}`;
    const known = this.aliases.get(alias);
    if (known?.ended === false) return known;
    const series = this.findOrCreate(source, name, labels, receivedAt);
    // Each order of labels that a source uses has an alias, and ended series leave theirs behind.
    if (this.aliases.size >= 1000 + 4 * this.series) this.aliases.clear();
    if (series !== undefined) this.aliases.set(alias, series);
    return series;
  }

  /** The series of these labels, in whatever order they are; a new one when there is none yet. */
  private findOrCreate(
    source: string,
    name: string,
    labels: Labels,
    receivedAt: number,
  ): SeriesWindow | undefined {
    const all = sortedLabels({ ...labels, source });
    const key = labelsKey(all);
    const known = this.byMetric.get(name)?.get(source)?.get(key);
    if (known !== undefined) return known;
    if (this.series >= this.maxSeries) return undefined;
    const series = new SeriesWindow(name, source, all, key, receivedAt);
    this.insert(series);
    return series;
  }

  private insert(series: SeriesWindow): void {
    const sources =
      this.byMetric.get(series.metric) ?? new Map<string, Map<string, SeriesWindow>>();
    const group = sources.get(series.source) ?? new Map<string, SeriesWindow>();
    group.set(series.key, series);
    sources.set(series.source, group);
    this.byMetric.set(series.metric, sources);
    this.series += 1;
  }

  private drop(series: SeriesWindow): void {
    const sources = this.byMetric.get(series.metric);
    const group = sources?.get(series.source);
    if (group?.delete(series.key) !== true) return;
    series.ended = true;
    this.series -= 1;
    if (group.size === 0) sources?.delete(series.source);
  }

  private dropMetric(metric: string): void {
    for (const series of [...this.seriesOf(metric)]) this.drop(series);
    this.byMetric.delete(metric);
  }

  private retention(need: { retentionMs: number; minSamples: number }): Retention {
    return { ...need, maxSamples: this.maxSamples };
  }
}

function* seriesOfAll(
  sources: ReadonlyMap<string, ReadonlyMap<string, SeriesWindow>>,
): Generator<SeriesWindow, void> {
  for (const group of sources.values()) yield* group.values();
}
