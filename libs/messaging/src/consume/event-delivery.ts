import type { JsMsg } from '@nats-io/jetstream';
import type { EventContract } from '@vigil/contracts';
import { describeError, type Log } from '@vigil/service';
import type { NatsSession } from '../connection/nats-session.js';
import { HEADER, headerOf } from '../headers.js';
import { inCorrelationOf, MessageContext, type MessageFacts } from '../message-context.js';
import type { MessagingMetrics } from '../messaging-metrics.js';
import { subjectParams } from '../subject.js';
import { decodePayload } from '../wire.js';
import { storeDeadLetter } from './dead-letters.js';
import { isExhausted, settle, type DeadReason, type RedeliveryPolicy } from './settlement.js';

export interface EventDeliveryOptions {
  readonly contract: EventContract;
  readonly durable: string;
  readonly policy: RedeliveryPolicy;
  readonly handle: (payload: unknown, context: MessageContext) => Promise<unknown>;
  readonly metrics: MessagingMetrics;
  readonly log: Log;
  /** Called when a handler says that the process can no longer be trusted. */
  readonly onCrash: (error: unknown) => void;
}

/** A message that was given up too often to be tried again. */
class AttemptsExhausted extends Error {}

/** Delay before a message is tried again whose dead letter could not be stored. */
const DEAD_LETTER_RETRY_MS = 5_000;

/** One message from its arrival to its settlement: parse, call, then ack, nak with delay, or dead letter. */
export class EventDelivery {
  constructor(private readonly options: EventDeliveryOptions) {}

  async deliver(message: JsMsg, session: NatsSession): Promise<void> {
    const { durable, metrics } = this.options;
    const context = new MessageContext(eventFacts(this.options.contract, message));
    if (message.redelivered) metrics.redelivered.inc({ consumer: durable });
    const end = metrics.handlerSeconds.startTimer({ consumer: durable });
    try {
      await this.attempt(message, context);
      this.settled(session, 'acked', () => {
        message.ack();
      });
    } catch (error) {
      await this.fail(message, session, error);
    } finally {
      end();
    }
  }

  private async attempt(message: JsMsg, context: MessageContext): Promise<void> {
    const { contract, handle, policy } = this.options;
    if (isExhausted(context.deliveryCount, policy)) {
      throw new AttemptsExhausted(`${context.deliveryCount - 1} attempts, none of them ended`);
    }
    const payload = decodePayload(contract.schema, message.data, message.subject);
    await inCorrelationOf(context, () => handle(payload, context));
  }

  private async fail(message: JsMsg, session: NatsSession, error: unknown): Promise<void> {
    const settlement =
      error instanceof AttemptsExhausted
        ? ({ kind: 'dead', reason: 'exhausted' } as const)
        : settle(error, message.info.deliveryCount, this.options.policy);
    switch (settlement.kind) {
      case 'retry':
        this.logFailure('a message will be tried again', message, error, settlement.delayMs);
        this.settled(session, 'retried', () => {
          message.nak(settlement.delayMs);
        });
        return;
      case 'dead':
        await this.bury(message, session, settlement.reason, error);
        return;
      case 'crash':
        message.nak();
        this.options.onCrash(error);
    }
  }

  private async bury(
    message: JsMsg,
    session: NatsSession,
    reason: DeadReason,
    error: unknown,
  ): Promise<void> {
    const { durable, log, metrics } = this.options;
    try {
      await storeDeadLetter(session, message, { reason, error });
    } catch (failure) {
      // better once more than lost
      log.error('a dead letter could not be stored', failure, {
        durable,
        subject: message.subject,
      });
      this.settled(session, 'retried', () => {
        message.nak(DEAD_LETTER_RETRY_MS);
      });
      return;
    }
    metrics.deadLetters.inc({ consumer: durable, reason });
    log.error('gave up on a message', error, {
      durable,
      subject: message.subject,
      reason,
      sequence: message.seq,
    });
    this.settled(session, 'dead', () => {
      message.term();
    });
  }

  private settled(
    session: NatsSession,
    outcome: 'acked' | 'retried' | 'dead',
    tell: () => void,
  ): void {
    this.options.metrics.handled.inc({ consumer: this.options.durable, outcome });
    // a sequence of an ended session may stand for another message on a server that lost its data
    if (!session.ended.aborted) tell();
  }

  private logFailure(what: string, message: JsMsg, error: unknown, delayMs: number): void {
    const { durable, log } = this.options;
    log.warn(what, {
      durable,
      subject: message.subject,
      attempt: message.info.deliveryCount,
      delayMs,
      reason: describeError(error, 300),
    });
  }
}

export function eventFacts(contract: EventContract, message: JsMsg): MessageFacts {
  return {
    subject: message.subject,
    params: subjectParams(contract, message.subject),
    correlationId: headerOf(message.headers, HEADER.correlationId),
    sender: headerOf(message.headers, HEADER.sender),
    sequence: message.seq,
    timestamp: message.time.getTime(),
    deliveryCount: message.info.deliveryCount,
  };
}
