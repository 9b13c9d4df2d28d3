import type { Msg } from '@nats-io/nats-core';
import { Injectable } from '@nestjs/common';
import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import { Log, ServiceIdentity } from '@vigil/service';
import { NatsConnection } from '../connection/nats-connection.js';
import { MessagingMetrics } from '../messaging-metrics.js';
import { filterSubject } from '../subject.js';
import { crashProcess } from './crash.js';
import { deliverRequest, deliverSignal } from './core-delivery.js';
import { subscribeCore, type Subscription } from './core-subscription.js';
import { DurableConsumer } from './durable-consumer.js';
import { EventDelivery } from './event-delivery.js';
import { callHandler } from './handler-call.js';
import {
  isHandlerExtras,
  JETSTREAM_TRANSPORT,
  type EventHandlerExtras,
  type RequestHandlerExtras,
  type SignalHandlerExtras,
} from './handles.js';
import { DEFAULT_REDELIVERY } from './settlement.js';

const DEFAULT_ACK_WAIT_MS = 5_000;

/** Carries messages of NATS to the handlers that `@Handles`, `@Hears` and `@Answers` mark. */
@Injectable()
export class JetStreamStrategy extends Server implements CustomTransportStrategy {
  private readonly durables: DurableConsumer[] = [];
  private readonly subscriptions: Subscription[] = [];

  constructor(
    private readonly connection: NatsConnection,
    private readonly identity: ServiceIdentity,
    private readonly metrics: MessagingMetrics,
    private readonly log: Log,
  ) {
    super();
    this.setTransportId(JETSTREAM_TRANSPORT);
  }

  /** Begins to consume; the service is up at once, whether NATS is or not. */
  listen(callback: (error?: unknown) => void): void {
    try {
      for (const [pattern, handler] of this.messageHandlers) this.bind(pattern, handler);
      callback();
    } catch (error) {
      callback(error);
    }
  }

  /** Takes no more messages and waits for the handlers that run. Can be called twice. */
  async close(): Promise<void> {
    await Promise.all([
      ...this.durables.map((consumer) => consumer.stop()),
      ...this.subscriptions.map((subscription) => subscription.stop()),
    ]);
  }

  /** Nest asks for it; our connection has its own events. */
  on(): never {
    throw new Error('use NatsConnection.onUp and onDown');
  }

  unwrap(): never {
    throw new Error('use NatsConnection.require()');
  }

  /** The durable consumers of this service. */
  consumers(): readonly { readonly stream: string; readonly durable: string }[] {
    return this.durables.map(({ options }) => ({
      stream: options.stream,
      durable: options.durable,
    }));
  }

  /** True when every durable consumer can receive. */
  isBound(): boolean {
    return this.durables.every((consumer) => consumer.isBound());
  }

  private bind(pattern: string, handler: MessageHandler): void {
    if (handler.next !== undefined) throw new Error(`${pattern} has two handlers in this service`);
    const extras: unknown = handler.extras;
    if (!isHandlerExtras(extras)) throw new Error(`${pattern}: use @Handles, @Hears or @Answers`);
    switch (extras.kind) {
      case 'event':
        this.bindEvent(extras, handler);
        return;
      case 'signal':
        this.bindSignal(extras, handler);
        return;
      case 'request':
        this.bindRequest(extras, handler);
    }
  }

  private bindEvent({ contract, options }: EventHandlerExtras, handler: MessageHandler): void {
    const delivery = new EventDelivery({
      contract,
      durable: options.durable,
      policy: {
        maxDeliver: options.maxDeliver ?? DEFAULT_REDELIVERY.maxDeliver,
        backoff: options.backoff ?? DEFAULT_REDELIVERY.backoff,
      },
      handle: (payload, context) => callHandler(handler, payload, context),
      metrics: this.metrics,
      log: this.log,
      onCrash: crashProcess,
    });
    const consumer = new DurableConsumer(
      this.connection,
      {
        stream: contract.stream,
        durable: options.durable,
        filterSubject: filterSubject(contract, options.filterParams),
        deliver: options.deliver ?? 'all',
        concurrency: options.concurrency ?? 1,
        inOrder: options.inOrder ?? false,
        ackWaitMs: options.ackWaitMs ?? DEFAULT_ACK_WAIT_MS,
      },
      (message, session) => delivery.deliver(message, session),
      this.log,
    );
    this.durables.push(consumer);
    consumer.start();
  }

  private bindSignal({ contract, options }: SignalHandlerExtras, handler: MessageHandler): void {
    const queue = options.shared === true ? this.identity.name : undefined;
    this.subscribe(filterSubject(contract, options.filterParams), queue, (message) =>
      deliverSignal(
        message,
        contract,
        (payload, context) => callHandler(handler, payload, context),
        { metrics: this.metrics, log: this.log },
      ),
    );
  }

  private bindRequest({ contract }: RequestHandlerExtras, handler: MessageHandler): void {
    this.subscribe(filterSubject(contract), this.identity.name, (message) =>
      deliverRequest(
        message,
        contract,
        (payload, context) => callHandler(handler, payload, context),
        { metrics: this.metrics, log: this.log },
      ),
    );
  }

  private subscribe(
    subject: string,
    queue: string | undefined,
    deliver: (message: Msg) => Promise<void>,
  ): void {
    this.subscriptions.push(subscribeCore(this.connection, subject, queue, deliver));
  }
}
