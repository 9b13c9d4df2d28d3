import { DURATION_BUCKETS_SECONDS, type Metrics } from '@vigil/service';
import type { Alerting } from './alerting/alerting.js';
import type { EvaluationQueue } from './drift-detection/evaluation-queue.js';
import type { Knowledge } from './knowledge.js';
import type { EvaluatorMemory } from './memory/evaluator-memory.js';

type Kind = 'resource' | 'policy';

/** What the evaluator measures of itself. */
export class EvaluatorMetrics {
  private readonly seconds;

  constructor(private readonly metrics: Metrics) {
    this.seconds = metrics.histogram({
      name: 'vigil_evaluation_seconds',
      help: 'Time of one evaluation until everything that follows from it is acknowledged.',
      labels: ['kind'],
      buckets: DURATION_BUCKETS_SECONDS,
    });
  }

  async timed<Result>(kind: Kind, work: () => Promise<Result>): Promise<Result> {
    const end = this.seconds.startTimer({ kind });
    try {
      return await work();
    } finally {
      end();
    }
  }

  /** Measures what is held in memory whenever somebody asks. */
  observe(parts: {
    readonly knowledge: Knowledge;
    readonly alerting: Alerting;
    readonly memory: EvaluatorMemory;
    readonly queue: EvaluationQueue;
  }): void {
    const { knowledge, alerting, memory, queue } = parts;
    const gauge = (name: string, help: string, collect: () => number) => {
      this.metrics.gauge({ name, help, collect });
    };
    gauge(
      'vigil_evaluator_resources',
      'Resources that Git declares.',
      () => knowledge.desired.services().length,
    );
    gauge(
      'vigil_evaluator_hosts',
      'Hosts that have reported.',
      () => knowledge.observed.hosts().length,
    );
    gauge('vigil_evaluator_open_drift', 'Differences that are open.', () =>
      [...memory.rememberedResources()].reduce(
        (sum, id) => sum + (memory.resource(id)?.open.length ?? 0),
        0,
      ),
    );
    gauge('vigil_evaluator_firing_alerts', 'Alerts that fire.', () =>
      alerting.book.count('firing'),
    );
    gauge('vigil_evaluator_series', 'Series that policies read.', () => alerting.series.size);
    gauge(
      'vigil_evaluator_waiting',
      'Resources that wait for their evaluation.',
      () => queue.waiting,
    );
  }
}
