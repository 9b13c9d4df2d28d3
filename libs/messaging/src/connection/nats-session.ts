import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection as NatsClient } from '@nats-io/transport-node';

/** One stretch of time during which NATS is reachable and every stream is there. */
export interface NatsSession {
  readonly client: NatsClient;
  readonly jetstream: JetStreamClient;
  readonly manager: JetStreamManager;
  /** Aborted when the connection is lost or closed: everything made within the session is void. */
  readonly ended: AbortSignal;
}

/** The session ended before an answer came: it is not known whether what was asked for was done. */
export class SessionEnded extends Error {
  constructor() {
    super('the connection was lost');
  }
}

/** The result of `work`, or a rejection as soon as the session ends: no answer can come any more. */
export function withinSession<Result>(
  { ended }: NatsSession,
  work: Promise<Result>,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const onEnd = () => {
      reject(new SessionEnded());
    };
    ended.addEventListener('abort', onEnd, { once: true });
    if (ended.aborted) onEnd();
    work.then(resolve, reject).finally(() => {
      ended.removeEventListener('abort', onEnd);
    });
  });
}
