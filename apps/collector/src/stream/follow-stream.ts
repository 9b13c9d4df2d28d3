import { DeliverPolicy, type Consumer, type JsMsg } from '@nats-io/jetstream';
import type { StreamName } from '@vigil/contracts';
import type { NatsConnection, NatsSession } from '@vigil/messaging';
import { describeError, pause, type Log } from '@vigil/service';

/** Messages that the server may send ahead of a slow client. */
const AHEAD = 32;
const RETRY_MS = 1_000;

/** The newest sequence of a stream. @throws NatsUnavailable */
export async function lastSequence(session: NatsSession, stream: StreamName): Promise<number> {
  return (await session.manager.streams.info(stream)).state.last_seq;
}

/**
 * Hands on every message behind a sequence, one at a time, until the signal is aborted. Goes on behind
 * the last one after a reconnect; in a stream that lost its data it goes on with what is new.
 */
export async function followStream(
  nats: NatsConnection,
  stream: StreamName,
  after: number,
  onMessage: (message: JsMsg) => Promise<void>,
  stopping: { readonly signal: AbortSignal; readonly log: Log },
): Promise<void> {
  const { signal, log } = stopping;
  let last = after;
  while (!signal.aborted) {
    try {
      const session = await nats.session(signal);
      const newest = await lastSequence(session, stream);
      if (last > newest) last = newest;
      const consumer = await session.jetstream.consumers.get(stream, {
        deliver_policy: DeliverPolicy.StartSequence,
        opt_start_seq: last + 1,
      });
      await consume(consumer, AbortSignal.any([signal, session.ended]), async (message) => {
        await onMessage(message);
        last = message.seq;
      });
    } catch (error) {
      log.debug('a live stream was interrupted', { stream, reason: describeError(error) });
      await pause(RETRY_MS, signal);
    }
  }
}

async function consume(
  consumer: Consumer,
  end: AbortSignal,
  onMessage: (message: JsMsg) => Promise<void>,
): Promise<void> {
  const messages = await consumer.consume({ max_messages: AHEAD });
  const stop = () => messages.stop();
  end.addEventListener('abort', stop, { once: true });
  if (end.aborted) stop();
  try {
    for await (const message of messages) {
      if (end.aborted) return;
      await onMessage(message);
    }
  } finally {
    end.removeEventListener('abort', stop);
    messages.stop();
  }
}
