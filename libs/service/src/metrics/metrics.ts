import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

interface MetricDescription<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly Label[];
}

/** The service's own measurements, in Prometheus' text format. Label values must be bounded. */
export class Metrics {
  readonly registry = new Registry();

  constructor(options: { readonly processMetrics: boolean } = { processMetrics: false }) {
    if (options.processMetrics) collectDefaultMetrics({ register: this.registry });
  }

  counter<const Label extends string = never>(metric: MetricDescription<Label>): Counter<Label> {
    return new Counter({ ...this.described(metric) });
  }

  gauge<const Label extends string = never>(
    metric: MetricDescription<Label> & { readonly collect?: () => number | Promise<number> },
  ): Gauge<Label> {
    const { collect } = metric;
    if (collect === undefined) return new Gauge(this.described(metric));
    return new Gauge({
      ...this.described(metric),
      async collect(this: Gauge<Label>) {
        this.set(await collect());
      },
    });
  }

  /** Bucket bounds in the metric's base unit, for durations in seconds. */
  histogram<const Label extends string = never>(
    metric: MetricDescription<Label> & { readonly buckets: readonly number[] },
  ): Histogram<Label> {
    return new Histogram({ ...this.described(metric), buckets: [...metric.buckets] });
  }

  private described<Label extends string>(metric: MetricDescription<Label>) {
    const labelNames: Label[] = [...(metric.labels ?? [])];
    return { name: metric.name, help: metric.help, labelNames, registers: [this.registry] };
  }
}

/** Bounds for what takes from a fraction of a millisecond to seconds. */
export const DURATION_BUCKETS_SECONDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
] as const;
