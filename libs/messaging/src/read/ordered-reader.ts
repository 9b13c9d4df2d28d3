import {
  AckPolicy,
  DeliverPolicy,
  ReplayPolicy,
  type ConsumerConfig,
  type ConsumerInfo,
  type JsMsg,
  type StreamInfo,
} from '@nats-io/jetstream';
import { nanos, nuid } from '@nats-io/nats-core';
import { describeError, fullJitter, pause, type Log } from '@vigil/service';
import type { NatsConnection } from '../connection/nats-connection.js';
import { withinSession, type NatsSession } from '../connection/nats-session.js';
import { deliverPolicy } from '../consume/durable-consumer.js';
import type { DeliverFrom } from '../consume/handles.js';
import type { Subscription } from '../consume/core-subscription.js';

/**
 * `stream-lost`: the server came back without the stream's data, and everything read before is void;
 * reading starts again at the beginning of the new stream.
 * `gap`: messages were dropped by the stream's limits before they could be read; reading goes on
 * after them.
 */
export type ResetReason = 'stream-lost' | 'gap';

export interface OrderedMessage {
  readonly message: JsMsg;
  /** How long it had lain in the stream when it was delivered, ms; see {@link Attachment.ageOf}. */
  readonly ageMs: number;
}

export interface OrderedReaderOptions {
  readonly stream: string;
  readonly filterSubject: string;
  readonly deliver: DeliverFrom;
  /**
   * Handles one message; the next one waits for it. Must not reject. False when it gave up because
   * of `stopping`: after a reconnect the message comes again.
   */
  readonly onMessage: (message: OrderedMessage, stopping: AbortSignal) => Promise<boolean>;
  readonly onReset?: (reason: ResetReason) => void;
  /** Everything that was in the stream when reading began was handled. Again after each `stream-lost`. */
  readonly onCaughtUp?: () => void;
}

/** A reader of everything, in order, that keeps its position in memory. */
export interface OrderedSubscription extends Subscription {
  /** Resolves when everything that was in the stream at the beginning was handled. Never rejects. */
  readonly caughtUp: Promise<void>;
  /**
   * Since when the stream has everything, Unix ms by the server's clock, as of the last time that
   * reading began: since it was made, or since the oldest message that its limits left. Undefined
   * before it was first reached.
   */
  readonly wholeSince: number | undefined;
}

const RESTART = { initialMs: 50, capMs: 2_000 };
const PULL = { max_messages: 256, expires: 10_000, idle_heartbeat: 2_500 };
/** The server forgets the consumer of a reader that has gone after this time. */
const INACTIVE_MS = 30_000;
/** How often it is looked whether an expired message keeps the reader from having caught up. */
const CATCH_UP_CHECK_MS = 500;

/** A message is missing between two deliveries. */
class DeliveryGap extends Error {}

/** One consumer of a reader, from the moment it was made. */
interface Reading {
  readonly consumer: ConsumerInfo;
  readonly attachment: Attachment;
  readonly end: AbortSignal;
  readonly onProgress: () => void;
}

/** When a reader began to read, by the clocks of both ends, which need not agree. */
export class Attachment {
  constructor(
    /** When the server made the consumer, by the server's clock, Unix ms. */
    private readonly createdAt: number,
    /** When it was asked to, by our monotonic clock, ms. */
    private readonly requestedAt: number,
  ) {}

  /**
   * How long ago the stream took the message, in whole ms. The server's own clock says how old a
   * message was when reading began, ours how long that is ago. What came later is new: 0. Never too
   * young by what the network costs.
   */
  ageOf({ time }: Pick<JsMsg, 'time'>, now = performance.now()): number {
    const before = this.createdAt - time.getTime();
    return before < 0 ? 0 : Math.ceil(before + Math.max(0, now - this.requestedAt));
  }
}

/**
 * Reads a stream in order with consumers of its own, which are not durable. After a reconnect it goes
 * on behind the last message that it has handled.
 */
export class OrderedReader implements OrderedSubscription {
  readonly caughtUp: Promise<void>;
  private readonly stopping = new AbortController();
  private resolveCaughtUp: () => void = () => {};
  private isCaughtUp = false;
  /** Sequence of the last message that was handled, or that reading begins behind. */
  private cursor: number | undefined;
  /** Creation time of the stream: another one means another stream. */
  private streamCreated: string | undefined;
  private streamWholeSince: number | undefined;
  private deliver: DeliverFrom;
  private readonly running: Promise<void>;

  constructor(
    private readonly connection: NatsConnection,
    private readonly options: OrderedReaderOptions,
    private readonly log: Log,
  ) {
    this.deliver = options.deliver;
    this.caughtUp = new Promise((resolve) => {
      this.resolveCaughtUp = resolve;
    });
    this.running = this.run();
  }

  /** When the stream that is read was made, Unix ms; undefined before it was first reached. */
  get streamCreatedAt(): number | undefined {
    return this.streamCreated === undefined ? undefined : new Date(this.streamCreated).getTime();
  }

  get wholeSince(): number | undefined {
    return this.streamWholeSince;
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    for (let failures = 0; !signal.aborted;) {
      try {
        const session = await this.connection.session(signal);
        await this.readWithin(session, () => {
          failures = 0;
        });
      } catch (error) {
        if (this.isStopping()) return;
        failures += 1;
        if (failures === 3) {
          this.log.warn('a reader cannot go on, trying again', {
            stream: this.options.stream,
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

  private async readWithin(session: NatsSession, onProgress: () => void): Promise<void> {
    const { stream } = this.options;
    const { consumers, streams } = session.manager;
    this.placeCursor(await withinSession(session, streams.info(stream)));
    const requestedAt = performance.now();
    const consumer = await withinSession(session, consumers.add(stream, this.consumerConfig()));
    const attachment = new Attachment(Date.parse(consumer.created), requestedAt);
    const end = AbortSignal.any([this.stopping.signal, session.ended]);
    try {
      await this.read(session, { consumer, attachment, end, onProgress });
    } finally {
      if (!session.ended.aborted) {
        await withinSession(session, consumers.delete(stream, consumer.name)).catch(
          () => undefined,
        );
      }
    }
  }

  private async read(
    session: NatsSession,
    { consumer: info, attachment, end, onProgress }: Reading,
  ): Promise<void> {
    const progress = { delivered: 0, target: info.num_pending };
    if (progress.target === 0) this.markCaughtUp();
    const messages = await session.jetstream.consumers
      .getConsumerFromInfo(info)
      .consume({ ...PULL, abort_on_missing_resource: true });
    const stop = () => {
      messages.stop();
    };
    end.addEventListener('abort', stop);
    if (end.aborted) stop();
    const check = this.watchCatchUp(session, info.name, progress);
    try {
      for await (const message of messages) {
        if (end.aborted) break;
        if (message.info.deliverySequence !== progress.delivered + 1) throw new DeliveryGap();
        const ageMs = attachment.ageOf(message);
        if (!(await this.options.onMessage({ message, ageMs }, end))) break;
        this.cursor = message.seq;
        progress.delivered += 1;
        onProgress();
        if (progress.delivered >= progress.target || message.info.pending === 0)
          this.markCaughtUp();
      }
    } finally {
      clearInterval(check);
      end.removeEventListener('abort', stop);
      stop();
    }
  }

  /**
   * What was counted at the beginning may expire or be replaced before it is delivered; then no
   * message says that it was the last one, and the server is asked.
   */
  private watchCatchUp(
    session: NatsSession,
    name: string,
    progress: { readonly delivered: number },
  ): NodeJS.Timeout | undefined {
    if (this.isCaughtUp) return undefined;
    const timer = setInterval(() => {
      if (this.isCaughtUp || session.ended.aborted) {
        clearInterval(timer);
        return;
      }
      session.manager.consumers
        .info(this.options.stream, name)
        .then((now) => {
          const nothingMore = now.num_pending === 0;
          if (nothingMore && now.delivered.consumer_seq === progress.delivered) this.markCaughtUp();
        })
        .catch(() => undefined);
    }, CATCH_UP_CHECK_MS);
    return timer;
  }

  private markCaughtUp(): void {
    if (this.isCaughtUp) return;
    this.isCaughtUp = true;
    this.resolveCaughtUp();
    this.options.onCaughtUp?.();
  }

  /** Decides where to go on, and whether what was read still counts. */
  private placeCursor(info: StreamInfo): void {
    const { created } = info;
    const { first_seq: first, last_seq: last } = info.state;
    const known = this.streamCreated;
    this.streamCreated = created;
    this.streamWholeSince = wholeSince(info);
    if (known === undefined) {
      // from here on "new" means: after this point, also when the connection is lost before the first message
      if (this.deliver === 'new') this.cursor = last;
      return;
    }
    const lost = known !== created || (this.cursor !== undefined && last < this.cursor);
    if (lost) {
      this.cursor = undefined;
      if (this.deliver === 'new') this.deliver = 'all';
      this.isCaughtUp = false;
      this.options.onReset?.('stream-lost');
      return;
    }
    const keepsOnlyNewest = info.config.max_msgs_per_subject > 0;
    if (this.cursor !== undefined && first > this.cursor + 1 && !keepsOnlyNewest) {
      this.options.onReset?.('gap');
    }
  }

  private consumerConfig(): Partial<ConsumerConfig> {
    const start =
      this.cursor === undefined
        ? deliverPolicy(this.deliver)
        : { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: this.cursor + 1 };
    return {
      name: `reader_${nuid.next()}`,
      filter_subject: this.options.filterSubject,
      ack_policy: AckPolicy.None,
      replay_policy: ReplayPolicy.Instant,
      inactive_threshold: nanos(INACTIVE_MS),
      mem_storage: true,
      num_replicas: 1,
      max_deliver: 1,
      ...start,
    };
  }
}

/** Nothing was dropped while the first message is there; of an emptied stream all that it had was. */
function wholeSince({ created, state }: StreamInfo): number {
  if (state.first_seq <= 1) return Date.parse(created);
  return state.messages === 0 ? Date.parse(state.last_ts) + 1 : Date.parse(state.first_ts);
}
