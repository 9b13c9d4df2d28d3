import {
  AckPolicy,
  DeliverPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  ReplayPolicy,
  type ConsumerConfig,
  type ConsumerInfo,
  type Consumer,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/nats-core';
import type { StreamName } from '@vigil/contracts';
import { describeError, fullJitter, pause, type Log } from '@vigil/service';
import type { NatsConnection } from '../connection/nats-connection.js';
import { withinSession, type NatsSession } from '../connection/nats-session.js';
import type { DeliverFrom } from './handles.js';
import { Slots, type HandleDelivery } from './slots.js';

export interface DurableConsumerOptions {
  readonly stream: StreamName;
  readonly durable: string;
  readonly filterSubject: string;
  readonly deliver: DeliverFrom;
  readonly concurrency: number;
  readonly inOrder: boolean;
  readonly ackWaitMs: number;
}

const RESTART = { initialMs: 100, capMs: 2_000 };
/** How long one pull waits for messages, and how often the server shows that it still knows of it. */
const PULL = { expires: 10_000, idle_heartbeat: 2_500 };
/** Unsettled messages over all instances, retries included. */
const MAX_ACK_PENDING = 1_000;

/**
 * Pulls the messages of one durable consumer. When the connection, the consumer or the whole stream
 * is lost, it makes the consumer again and goes on.
 */
export class DurableConsumer {
  private readonly stopping = new AbortController();
  private readonly slots: Slots;
  private running: Promise<void> | undefined;
  private bound = false;

  constructor(
    private readonly connection: NatsConnection,
    readonly options: DurableConsumerOptions,
    handle: HandleDelivery,
    private readonly log: Log,
  ) {
    this.slots = new Slots({
      concurrency: options.inOrder ? 1 : options.concurrency,
      heartbeatMs: Math.max(50, Math.floor(options.ackWaitMs / 3)),
      handle,
    });
  }

  start(): void {
    this.running ??= this.run();
  }

  /** True while messages can arrive. */
  isBound(): boolean {
    return this.bound;
  }

  /** Takes no more, and waits for what is being handled. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.slots.close();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    for (let failures = 0; !signal.aborted;) {
      try {
        const session = await this.connection.session(signal);
        await this.consumeWithin(session, () => {
          failures = 0;
        });
      } catch (error) {
        if (this.isStopping()) return;
        failures += 1;
        const { stream, durable } = this.options;
        // the first failure is a restart of the server more often than not
        if (failures === 2) {
          this.log.warn('a consumer stopped, starting it again', {
            stream,
            durable,
            reason: describeError(error, 200),
          });
        }
        await pause(fullJitter(failures, RESTART), signal);
      }
    }
  }

  private isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  private async consumeWithin(session: NatsSession, onBound: () => void): Promise<void> {
    const info = await withinSession(session, ensureConsumer(session, this.options));
    const consumer = session.jetstream.consumers.getConsumerFromInfo(info);
    this.bound = true;
    onBound();
    try {
      const end = AbortSignal.any([this.stopping.signal, session.ended]);
      while (!end.aborted) {
        await this.slots.room();
        await this.pull(consumer, session, end);
      }
    } finally {
      this.bound = false;
    }
  }

  /** Asks for as many messages as there is room for; ends when they have come, or after a while. */
  private async pull(consumer: Consumer, session: NatsSession, end: AbortSignal): Promise<void> {
    if (end.aborted) return;
    const messages = await consumer.fetch({ ...PULL, max_messages: this.slots.free() });
    const stop = () => {
      messages.stop();
    };
    end.addEventListener('abort', stop);
    try {
      for await (const message of messages) this.slots.add(message, session);
    } finally {
      end.removeEventListener('abort', stop);
    }
  }
}

async function ensureConsumer(
  session: NatsSession,
  options: DurableConsumerOptions,
): Promise<ConsumerInfo> {
  const { consumers } = session.manager;
  const wanted = consumerConfig(options);
  try {
    const { config } = await consumers.info(options.stream, options.durable);
    const same =
      config.filter_subject === wanted.filter_subject &&
      config.ack_wait === wanted.ack_wait &&
      config.max_ack_pending === wanted.max_ack_pending;
    if (same) return await consumers.info(options.stream, options.durable);
    // where it began cannot be changed, and does not matter any more
    const { filter_subject, ack_wait, max_ack_pending } = wanted;
    return await consumers.update(options.stream, options.durable, {
      filter_subject,
      ack_wait,
      max_ack_pending,
    });
  } catch (error) {
    const missing =
      error instanceof JetStreamApiError && error.code === JetStreamApiCodes.ConsumerNotFound;
    if (!missing) throw error;
    return consumers.add(options.stream, wanted);
  }
}

function consumerConfig(options: DurableConsumerOptions) {
  return {
    durable_name: options.durable,
    filter_subject: options.filterSubject,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(options.ackWaitMs),
    max_ack_pending: options.inOrder ? 1 : MAX_ACK_PENDING,
    // the server would drop the message in silence at its limit; ours makes a dead letter of it
    max_deliver: -1,
    replay_policy: ReplayPolicy.Instant,
    ...deliverPolicy(options.deliver),
  } satisfies Partial<ConsumerConfig>;
}

/** `sinceMs` is Unix time in milliseconds. */
export function deliverPolicy(
  deliver: DeliverFrom,
): Pick<ConsumerConfig, 'deliver_policy'> & { opt_start_time?: string } {
  if (typeof deliver === 'object') {
    return {
      deliver_policy: DeliverPolicy.StartTime,
      opt_start_time: new Date(deliver.sinceMs).toISOString(),
    };
  }
  switch (deliver) {
    case 'all':
      return { deliver_policy: DeliverPolicy.All };
    case 'new':
      return { deliver_policy: DeliverPolicy.New };
    case 'last-per-subject':
      return { deliver_policy: DeliverPolicy.LastPerSubject };
  }
}
