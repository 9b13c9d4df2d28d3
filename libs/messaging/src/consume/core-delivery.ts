import { headers, type Msg } from '@nats-io/nats-core';
import type { RequestContract, SignalContract } from '@vigil/contracts';
import { describeError, dispositionOf, VigilError, type Log } from '@vigil/service';
import type { z } from 'zod';
import { HEADER, headerOf, headerText } from '../headers.js';
import { inCorrelationOf, MessageContext } from '../message-context.js';
import type { MessagingMetrics } from '../messaging-metrics.js';
import { subjectParams } from '../subject.js';
import { decodePayload, encodePayload } from '../wire.js';

interface Surroundings {
  readonly metrics: MessagingMetrics;
  readonly log: Log;
}

/** Parses a signal and gives it to the listener. An error is logged: there is nobody to tell. */
export async function deliverSignal<Schema extends z.ZodType>(
  message: Msg,
  contract: SignalContract<Schema>,
  listener: (payload: z.output<Schema>, context: MessageContext) => unknown,
  { metrics, log }: Surroundings,
): Promise<void> {
  const consumer = contract.subject;
  try {
    const payload = decodePayload(contract.schema, message.data, message.subject);
    await within(message, contract, (context) => listener(payload, context));
    metrics.handled.inc({ consumer, outcome: 'acked' });
  } catch (error) {
    metrics.handled.inc({ consumer, outcome: 'skipped' });
    log.error('a signal could not be handled', error, { subject: message.subject });
  }
}

/** Parses a request, has it answered, and sends the reply, or the error with its code. */
export async function deliverRequest<Request extends z.ZodType>(
  message: Msg,
  contract: RequestContract<Request>,
  answer: (payload: z.output<Request>, context: MessageContext) => unknown,
  { metrics, log }: Surroundings,
): Promise<void> {
  const consumer = contract.subject;
  try {
    const payload = decodePayload(contract.request, message.data, message.subject);
    const reply = await within(message, contract, (context) => answer(payload, context));
    message.respond(encodePayload(contract.reply, reply, `reply to ${message.subject}`));
    metrics.handled.inc({ consumer, outcome: 'acked' });
  } catch (error) {
    metrics.handled.inc({ consumer, outcome: 'skipped' });
    log.warn('a request could not be answered', {
      subject: message.subject,
      reason: describeError(error, 300),
    });
    message.respond(new Uint8Array(), { headers: errorHeaders(error) });
  }
}

function errorHeaders(error: unknown) {
  const sent = headers();
  sent.set(HEADER.errorCode, error instanceof VigilError ? error.code : 'internal');
  sent.set(HEADER.errorMessage, headerText(error instanceof Error ? error.message : String(error)));
  sent.set(HEADER.errorDisposition, dispositionOf(error));
  return sent;
}

async function within<Result>(
  message: Msg,
  contract: { readonly subject: string },
  work: (context: MessageContext) => Result | Promise<Result>,
): Promise<Result> {
  const context = new MessageContext({
    subject: message.subject,
    params: subjectParams(contract, message.subject),
    correlationId: headerOf(message.headers, HEADER.correlationId),
    sender: headerOf(message.headers, HEADER.sender),
    sequence: 0,
    timestamp: Date.now(),
    deliveryCount: 1,
  });
  return inCorrelationOf(context, () => work(context));
}
