import type { EventContract, RequestContract, SignalContract } from '@vigil/contracts';
import { dispositionOf, type Log, pause, fullJitter, VigilError } from '@vigil/service';
import type { z } from 'zod';
import { type NatsConnection } from '../connection/nats-connection.js';
import { crashProcess } from '../consume/crash.js';
import { deliverRequest, deliverSignal } from '../consume/core-delivery.js';
import { subscribeCore, type Subscription } from '../consume/core-subscription.js';
import { eventFacts } from '../consume/event-delivery.js';
import type { DeliverFrom } from '../consume/handles.js';
import { inCorrelationOf, OrderedMessageContext, type MessageContext } from '../message-context.js';
import { type MessagingMetrics } from '../messaging-metrics.js';
import { concreteSubject, filterSubject, type OptionsFor } from '../subject.js';
import { decodePayload } from '../wire.js';
import {
  OrderedReader,
  type OrderedMessage,
  type OrderedSubscription,
  type ResetReason,
} from './ordered-reader.js';

export interface OrderedOptions {
  /** Default `all`. `sinceMs` is Unix time. */
  readonly deliver?: DeliverFrom;
  /** Only the messages whose subject has these values in its placeholders. */
  readonly filterParams?: Readonly<Record<string, string | number>>;
  /** What was read before does not count any more, or something is missing. */
  readonly onReset?: (reason: ResetReason) => void;
  /** Like `caughtUp`, but again after each `stream-lost`. */
  readonly onCaughtUp?: () => void;
}

type Listener<Payload, Context = MessageContext> = (
  payload: Payload,
  context: Context,
) => void | Promise<void>;

/** Attempts at a message whose listener fails with an error that nobody foresaw. */
const UNFORESEEN_ATTEMPTS = 3;
const LISTENER_RETRY = { initialMs: 100, capMs: 5_000 };

/** Subscriptions made at run time, beside those of `@Handles`, `@Hears` and `@Answers`. */
export class Subscriptions {
  constructor(
    private readonly connection: NatsConnection,
    private readonly metrics: MessagingMetrics,
    private readonly log: Log,
  ) {}

  /**
   * Reads an event's stream in order into memory, without acknowledging anything. The listener gets
   * one message at a time. When it throws a `VigilError` to be retried, the same message comes again
   * until it succeeds; any other error skips the message, after three attempts where nobody foresaw it.
   * `context.ageMs` tells what had lain in the stream from what arrives.
   */
  subscribeOrdered<Schema extends z.ZodType>(
    contract: EventContract<Schema>,
    options: OrderedOptions,
    listener: Listener<z.output<Schema>, OrderedMessageContext>,
  ): OrderedSubscription {
    const { deliver = 'all', filterParams, onReset, onCaughtUp } = options;
    return new OrderedReader(
      this.connection,
      {
        stream: contract.stream,
        filterSubject: filterSubject(contract, filterParams),
        deliver,
        onMessage: (message, stopping) =>
          this.deliverOrdered(message, contract, listener, stopping),
        ...(onReset === undefined ? {} : { onReset }),
        ...(onCaughtUp === undefined ? {} : { onCaughtUp }),
      },
      this.log,
    );
  }

  /** Hears a signal from now on; with `filterParams`, only where the subject has these values. */
  hear<Schema extends z.ZodType>(
    contract: SignalContract<Schema>,
    options: { readonly filterParams?: Readonly<Record<string, string | number>> },
    listener: Listener<z.output<Schema>>,
  ): Subscription {
    const subject = filterSubject(contract, options.filterParams);
    return subscribeCore(this.connection, subject, undefined, (message) =>
      deliverSignal(message, contract, listener, this.surroundings()),
    );
  }

  /** Answers a request from now on, for exactly one value of each placeholder of its subject. */
  answer<Request extends z.ZodType, Reply extends z.ZodType, Subject extends string>(
    contract: RequestContract<Request, Reply, Subject>,
    handler: (
      request: z.output<Request>,
      context: MessageContext,
    ) => z.input<Reply> | Promise<z.input<Reply>>,
    ...[options]: OptionsFor<Subject, object>
  ): Subscription {
    const given: { params?: Readonly<Record<string, string | number>> } = options ?? {};
    return subscribeCore(
      this.connection,
      concreteSubject(contract, given.params),
      undefined,
      (message) => deliverRequest(message, contract, handler, this.surroundings()),
    );
  }

  private surroundings() {
    return { metrics: this.metrics, log: this.log };
  }

  private async deliverOrdered<Schema extends z.ZodType>(
    { message, ageMs }: OrderedMessage,
    contract: EventContract<Schema>,
    listener: Listener<z.output<Schema>, OrderedMessageContext>,
    stopping: AbortSignal,
  ): Promise<boolean> {
    const consumer = contract.subject;
    for (let attempt = 1; !stopping.aborted; attempt += 1) {
      try {
        const payload = decodePayload(contract.schema, message.data, message.subject);
        const context = new OrderedMessageContext(eventFacts(contract, message), ageMs);
        await inCorrelationOf(context, () => listener(payload, context));
        this.metrics.handled.inc({ consumer, outcome: 'acked' });
        return true;
      } catch (error) {
        if (dispositionOf(error) === 'crash') crashProcess(error);
        if (!shouldRetry(error, attempt)) {
          this.metrics.handled.inc({ consumer, outcome: 'skipped' });
          this.log.error('a message was skipped', error, {
            subject: message.subject,
            sequence: message.seq,
          });
          return true;
        }
        await pause(fullJitter(attempt, LISTENER_RETRY), stopping);
      }
    }
    return false;
  }
}

function shouldRetry(error: unknown, attempt: number): boolean {
  if (error instanceof VigilError) return dispositionOf(error) === 'retry';
  return attempt < UNFORESEEN_ATTEMPTS;
}
