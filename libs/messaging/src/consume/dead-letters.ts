import type { JsMsg } from '@nats-io/jetstream';
import { headers } from '@nats-io/nats-core';
import { describeError } from '@vigil/service';
import { withinSession, type NatsSession } from '../connection/nats-session.js';
import { HEADER, headerOf, headerText } from '../headers.js';
import type { DeadReason } from './settlement.js';

/** `vigil.dead.<stream>.<durable>` */
export function deadLetterSubject(stream: string, durable: string): string {
  return `vigil.dead.${stream}.${durable}`;
}

/** Keeps the message as it was, with headers that say where it came from and why it is here. */
export async function storeDeadLetter(
  session: NatsSession,
  message: JsMsg,
  why: { readonly reason: DeadReason; readonly error: unknown },
): Promise<void> {
  const { stream, consumer, streamSequence, deliveryCount, timestampNanos } = message.info;
  const sent = headers();
  sent.set(HEADER.deadReason, why.reason);
  sent.set(HEADER.deadError, headerText(describeError(why.error)));
  sent.set(HEADER.deadSubject, message.subject);
  sent.set(HEADER.deadSequence, String(streamSequence));
  sent.set(HEADER.deadDeliveries, String(deliveryCount));
  const correlationId = headerOf(message.headers, HEADER.correlationId);
  if (correlationId !== undefined) sent.set(HEADER.correlationId, correlationId);
  const publish = session.jetstream.publish(deadLetterSubject(stream, consumer), message.data, {
    headers: sent,
    timeout: 2_000,
    // a lost acknowledgement of this publish must not make two letters of one
    msgID: `${stream}.${consumer}.${streamSequence}.${timestampNanos}`,
  });
  await withinSession(session, publish);
}

/** How many dead letters the given consumers have, by `<stream>.<durable>`. */
export async function countDeadLetters(
  session: NatsSession,
  consumers: readonly { readonly stream: string; readonly durable: string }[],
): Promise<number> {
  const info = await session.manager.streams.info('DEAD_LETTERS', {
    subjects_filter: 'vigil.dead.>',
  });
  const bySubject = new Map(Object.entries(info.state.subjects ?? {}));
  return consumers.reduce(
    (sum, { stream, durable }) => sum + (bySubject.get(deadLetterSubject(stream, durable)) ?? 0),
    0,
  );
}
