import type { JetStreamPublishOptions, PubAck } from '@nats-io/jetstream';
import { headers, type MsgHdrs } from '@nats-io/nats-core';
import {
  type EventContract,
  type RequestContract,
  type SignalContract,
  type SubjectParams,
} from '@vigil/contracts';
import { currentCorrelationId, type ServiceIdentity, VigilError } from '@vigil/service';
import type { z } from 'zod';
import { type NatsConnection } from '../connection/nats-connection.js';
import { withinSession } from '../connection/nats-session.js';
import { InvalidPayload, MessageTooLarge, RequestFailed } from '../errors.js';
import { HEADER } from '../headers.js';
import { type MessagingMetrics } from '../messaging-metrics.js';
import { concreteSubject, type OptionsFor } from '../subject.js';
import { publishError, requestError } from './publish-error.js';
import { decodePayload, encodePayload, encodeTrusted } from '../wire.js';

export interface SendOptions {
  /** Default: that of the message or request being handled. */
  readonly correlationId?: string;
  /** The payload was just parsed with the contract's schema: it is not checked again. Default false. */
  readonly trusted?: boolean;
}

export interface PublishOptions extends SendOptions {
  /** A repetition with the same id within the stream's duplicate window is acknowledged, but not stored. */
  readonly messageId?: string;
  /** Only store it when this is the newest sequence of its subject; 0: when there is none. */
  readonly expectLastSubjectSequence?: number;
  /** Default 2,000. */
  readonly timeoutMs?: number;
}

export interface Published {
  readonly stream: string;
  readonly sequence: number;
  /** True when a message with the same id was there already. */
  readonly duplicate: boolean;
}

export interface RequestOptions extends SendOptions {
  /** Default 2,000. */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 2_000;

/** Sends messages. Every payload is checked against its contract before it leaves. */
export class Bus {
  constructor(
    private readonly connection: NatsConnection,
    private readonly identity: ServiceIdentity,
    private readonly metrics: MessagingMetrics,
  ) {}

  /**
   * Stores an event in its stream; resolves when the stream has acknowledged it.
   * @throws InvalidPayload, MessageTooLarge (reject); NatsUnavailable, PublishTimeout,
   *   WrongSequence (retry)
   */
  async publish<Schema extends z.ZodType, Subject extends string>(
    contract: EventContract<Schema, Subject>,
    payload: z.input<Schema>,
    ...[options]: OptionsFor<Subject, PublishOptions>
  ): Promise<Published> {
    const given: PublishOptions & { params?: SubjectParams<Subject> } = options ?? {};
    return this.counted(contract, async () => {
      const { jetstream, session, data, subject } = this.prepare(
        contract,
        contract.schema,
        payload,
        given,
      );
      const ack = await withinSession(
        session,
        jetstream.publish(subject, data, publishOptions(given, this.headersFor(given))),
      ).catch((error: unknown) => Promise.reject(publishError(error, subject, session)));
      return publishedFrom(ack);
    });
  }

  /**
   * Removes what is stored under the event's subject, for what does not exist any more. Whoever has
   * read it is not told.
   * @throws NatsUnavailable, PublishTimeout (retry)
   */
  async forget<Schema extends z.ZodType, Subject extends string>(
    contract: EventContract<Schema, Subject>,
    options: { readonly params: SubjectParams<Subject> },
  ): Promise<void> {
    const session = this.connection.require();
    const subject = concreteSubject(contract, options.params);
    await withinSession(
      session,
      session.manager.streams.purge(contract.stream, { filter: subject }),
    ).catch((error: unknown) => Promise.reject(publishError(error, subject, session)));
  }

  /**
   * Sends a message to whoever listens now; resolves at once, nothing is stored.
   * @throws InvalidPayload, MessageTooLarge, NatsUnavailable
   */
  async signal<Schema extends z.ZodType, Subject extends string>(
    contract: SignalContract<Schema, Subject>,
    payload: z.input<Schema>,
    ...[options]: OptionsFor<Subject, SendOptions>
  ): Promise<void> {
    const given: SendOptions & { params?: SubjectParams<Subject> } = options ?? {};
    await this.counted(contract, () => {
      const { session, data, subject } = this.prepare(contract, contract.schema, payload, given);
      session.client.publish(subject, data, { headers: this.headersFor(given) });
      return Promise.resolve();
    });
  }

  /**
   * Asks and waits for the one reply.
   * @throws NoResponders, RequestTimeout, NatsUnavailable (retry); RequestFailed with the
   *   disposition of the other side; InvalidPayload when request or reply break the contract
   */
  async request<Request extends z.ZodType, Reply extends z.ZodType, Subject extends string>(
    contract: RequestContract<Request, Reply, Subject>,
    payload: z.input<Request>,
    ...[options]: OptionsFor<Subject, RequestOptions>
  ): Promise<z.output<Reply>> {
    const given: RequestOptions & { params?: SubjectParams<Subject> } = options ?? {};
    return this.counted(contract, async () => {
      const { session, data, subject } = this.prepare(contract, contract.request, payload, given);
      const timeout = given.timeoutMs ?? DEFAULT_TIMEOUT_MS;
      const reply = await withinSession(
        session,
        session.client.request(subject, data, { timeout, headers: this.headersFor(given) }),
      ).catch((error: unknown) => Promise.reject(requestError(error, subject, timeout)));
      throwRemoteError(reply.headers);
      return decodePayload(contract.reply, reply.data, `reply to ${subject}`);
    });
  }

  private prepare<Subject extends string>(
    contract: { readonly subject: Subject },
    schema: z.ZodType,
    payload: unknown,
    options: SendOptions & { readonly params?: SubjectParams<Subject> },
  ) {
    const session = this.connection.require();
    const subject = concreteSubject(contract, options.params);
    const data =
      options.trusted === true ? encodeTrusted(payload) : encodePayload(schema, payload, subject);
    const limit = session.client.info?.max_payload ?? Number.POSITIVE_INFINITY;
    if (data.byteLength > limit) {
      throw new MessageTooLarge(`${subject}: ${data.byteLength} bytes, the server takes ${limit}`);
    }
    return { session, jetstream: session.jetstream, subject, data };
  }

  private headersFor(options: SendOptions): MsgHdrs {
    const result = headers();
    result.set(HEADER.sender, this.identity.name);
    const correlationId = options.correlationId ?? currentCorrelationId();
    if (correlationId !== undefined) result.set(HEADER.correlationId, correlationId);
    return result;
  }

  private async counted<Result>(
    contract: { readonly subject: string },
    send: () => Promise<Result>,
  ): Promise<Result> {
    try {
      const result = await send();
      this.metrics.published.inc({ contract: contract.subject });
      return result;
    } catch (error) {
      const code = error instanceof VigilError ? error.code : 'unknown';
      this.metrics.publishFailures.inc({ contract: contract.subject, code });
      throw error;
    }
  }
}

function publishOptions(options: PublishOptions, sent: MsgHdrs): Partial<JetStreamPublishOptions> {
  const { messageId, expectLastSubjectSequence, timeoutMs } = options;
  return {
    headers: sent,
    timeout: timeoutMs ?? DEFAULT_TIMEOUT_MS,
    ...(messageId === undefined ? {} : { msgID: messageId }),
    ...(expectLastSubjectSequence === undefined
      ? {}
      : { expect: { lastSubjectSequence: expectLastSubjectSequence } }),
  };
}

function publishedFrom(ack: PubAck): Published {
  return { stream: ack.stream, sequence: ack.seq, duplicate: ack.duplicate };
}

function throwRemoteError(reply: MsgHdrs | undefined): void {
  const code = reply?.get(HEADER.errorCode) ?? '';
  if (code === '') return;
  const message = reply?.get(HEADER.errorMessage) ?? '';
  const disposition = reply?.get(HEADER.errorDisposition);
  if (code === 'messaging.invalid_payload') throw new InvalidPayload(message);
  throw new RequestFailed(message, code, disposition === 'reject' ? 'reject' : 'retry');
}
