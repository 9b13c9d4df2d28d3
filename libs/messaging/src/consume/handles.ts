import { applyDecorators, Catch, UseFilters, type RpcExceptionFilter } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import type { EventContract, PayloadOf, RequestContract, SignalContract } from '@vigil/contracts';
import type { BackoffPolicy } from '@vigil/service';
import { throwError, type Observable } from 'rxjs';
import type { z } from 'zod';
import type { MessageContext } from '../message-context.js';

/** Marks the handlers that belong to our transport. */
export const JETSTREAM_TRANSPORT = Symbol('vigil:jetstream');

/** Where a durable consumer begins when it is made for the first time. `sinceMs` is Unix time. */
export type DeliverFrom = 'all' | 'new' | 'last-per-subject' | { readonly sinceMs: number };

export interface HandlesOptions {
  /**
   * Name of the durable consumer: what is acknowledged under it is done. Instances of a service share
   * it and its messages. Letters, digits, `_` and `-`; never rename it lightly.
   */
  readonly durable: string;
  /** Default `all`. */
  readonly deliver?: DeliverFrom;
  /** Only the messages whose subject has these values in its placeholders. */
  readonly filterParams?: Readonly<Record<string, string | number>>;
  /**
   * Attempts after which a message becomes a dead letter; default 20. `unlimited` is for projections:
   * a database that is away for hours must not cost a row.
   */
  readonly maxDeliver?: number | 'unlimited';
  /** Delay before a redelivery; default 1 s × 2, at most 60 s. */
  readonly backoff?: BackoffPolicy;
  /** Messages handled at the same time by one process; default 1. */
  readonly concurrency?: number;
  /**
   * Strictly one after the other, over all instances: the next message waits until this one is
   * acknowledged or dead, also while it waits for its redelivery. Default false.
   */
  readonly inOrder?: boolean;
  /** Without a sign of life for this time the message is given to somebody else; default 5,000. */
  readonly ackWaitMs?: number;
}

export interface EventHandlerExtras {
  readonly kind: 'event';
  readonly contract: EventContract;
  readonly options: HandlesOptions;
}

export interface SignalHandlerExtras {
  readonly kind: 'signal';
  readonly contract: SignalContract;
  readonly options: HearsOptions;
}

export interface RequestHandlerExtras {
  readonly kind: 'request';
  readonly contract: RequestContract;
}

export type HandlerExtras = EventHandlerExtras | SignalHandlerExtras | RequestHandlerExtras;

const KINDS: readonly unknown[] = ['event', 'signal', 'request'];

/** True for what the decorators below leave beside a handler. */
export function isHandlerExtras(extras: unknown): extras is HandlerExtras {
  return (
    typeof extras === 'object' && extras !== null && 'kind' in extras && KINDS.includes(extras.kind)
  );
}

type Handler<Payload, Result> = (
  payload: Payload,
  context: MessageContext,
) => Result | Promise<Result>;

type HandlerDecorator<Payload, Result> = <Method extends Handler<Payload, Result>>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => void;

/**
 * The method handles every message of an event contract, at least once. It is acknowledged when the
 * method returns; an error that it throws decides by its disposition: `retry` comes again later,
 * `reject` becomes a dead letter at once, `crash` ends the process.
 */
export function Handles<Contract extends EventContract>(
  contract: Contract,
  options: HandlesOptions,
): HandlerDecorator<PayloadOf<Contract>, void> {
  const extras: EventHandlerExtras = { kind: 'event', contract, options };
  const pattern = `${contract.stream}/${options.durable}`;
  return asHandler(eventPattern(pattern, JETSTREAM_TRANSPORT, { ...extras }));
}

export interface HearsOptions {
  /** Only one instance of the service hears each message. Default false: all hear it. */
  readonly shared?: boolean;
  /** Only the messages whose subject has these values in its placeholders. */
  readonly filterParams?: Readonly<Record<string, string | number>>;
}

/** The method hears a signal: at most once, only while it is connected. Errors are logged. */
export function Hears<Contract extends SignalContract>(
  contract: Contract,
  options: HearsOptions = {},
): HandlerDecorator<PayloadOf<Contract>, void> {
  const extras: SignalHandlerExtras = { kind: 'signal', contract, options };
  return asHandler(eventPattern(`signal/${contract.subject}`, JETSTREAM_TRANSPORT, { ...extras }));
}

/** The method answers a request; of several instances one does. An error goes back with its code. */
export function Answers<Contract extends RequestContract>(
  contract: Contract,
): HandlerDecorator<z.output<Contract['request']>, z.input<Contract['reply']>> {
  const extras: RequestHandlerExtras = { kind: 'request', contract };
  return asHandler(
    MessagePattern<string>(`request/${contract.subject}`, JETSTREAM_TRANSPORT, { ...extras }),
  );
}

/** The one of Nest's overloads that takes any name. */
const eventPattern: (
  pattern: string,
  transport: symbol,
  extras: Record<string, unknown>,
) => MethodDecorator = EventPattern;

/** Gives the method payload and context as its arguments, and its errors to the transport. */
function asHandler(pattern: MethodDecorator): MethodDecorator {
  return (target, key, descriptor) => {
    Payload()(target, key, 0);
    Ctx()(target, key, 1);
    applyDecorators(pattern, UseFilters(new PassErrorsOn()))(target, key, descriptor);
  };
}

/** Nest's own filter would log the error and replace it, and with it the disposition that we need. */
@Catch()
class PassErrorsOn implements RpcExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}
