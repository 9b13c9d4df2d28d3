import type { Msg } from '@nats-io/nats-core';
import type { NatsConnection } from '../connection/nats-connection.js';

/** Something that goes on until it is stopped. */
export interface Subscription {
  /** Takes nothing more, and waits for what is being handled. */
  stop(): Promise<void>;
}

/**
 * Subscribes to a subject of core NATS in every session of the connection.
 * `deliver` must not reject.
 */
export function subscribeCore(
  connection: NatsConnection,
  subject: string,
  queue: string | undefined,
  deliver: (message: Msg) => Promise<void>,
): Subscription {
  const running = new Set<Promise<void>>();
  let unsubscribe = () => {};
  const stopListening = connection.onUp((session) => {
    const subscription = session.client.subscribe(subject, {
      ...(queue === undefined ? {} : { queue }),
      callback: (error, message) => {
        if (error !== null) return;
        const work: Promise<void> = deliver(message).finally(() => running.delete(work));
        running.add(work);
      },
    });
    unsubscribe = () => {
      if (!session.client.isClosed()) subscription.unsubscribe();
    };
    session.ended.addEventListener('abort', unsubscribe, { once: true });
  });
  return {
    stop: async () => {
      stopListening();
      unsubscribe();
      await Promise.all(running);
    },
  };
}
