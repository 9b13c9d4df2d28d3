import { DURATION_BUCKETS_SECONDS, type Metrics } from '@vigil/service';

/** What the messaging of a service measures. Labels are contracts and durables: both are few. */
export class MessagingMetrics {
  readonly published;
  readonly publishFailures;
  readonly handled;
  readonly redelivered;
  readonly handlerSeconds;
  readonly deadLetters;

  constructor(metrics: Metrics) {
    this.published = metrics.counter({
      name: 'vigil_messages_published_total',
      help: 'Messages sent, by contract.',
      labels: ['contract'],
    });
    this.publishFailures = metrics.counter({
      name: 'vigil_messages_publish_failures_total',
      help: 'Messages that could not be sent, by contract and error code.',
      labels: ['contract', 'code'],
    });
    this.handled = metrics.counter({
      name: 'vigil_messages_handled_total',
      help: 'Messages handled, by consumer and outcome (acked, retried, dead, skipped).',
      labels: ['consumer', 'outcome'],
    });
    this.redelivered = metrics.counter({
      name: 'vigil_messages_redelivered_total',
      help: 'Messages that came again, by consumer.',
      labels: ['consumer'],
    });
    this.handlerSeconds = metrics.histogram({
      name: 'vigil_message_handler_seconds',
      help: 'Time that handlers took, by consumer.',
      labels: ['consumer'],
      buckets: DURATION_BUCKETS_SECONDS,
    });
    this.deadLetters = metrics.counter({
      name: 'vigil_dead_letters_total',
      help: 'Messages that a consumer gave up on, by consumer and reason.',
      labels: ['consumer', 'reason'],
    });
  }
}
