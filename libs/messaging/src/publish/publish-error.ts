import { JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream';
import { errors, RequestError } from '@nats-io/nats-core';
import { describeError, VigilError } from '@vigil/service';
import { SessionEnded, type NatsSession } from '../connection/nats-session.js';
import {
  NatsUnavailable,
  NoResponders,
  PublishTimeout,
  RequestTimeout,
  WrongSequence,
} from '../errors.js';

/** The error of ours for what the client throws when JetStream is asked for something. */
export function publishError(error: unknown, subject: string, session: NatsSession): Error {
  const options = { cause: error };
  if (error instanceof VigilError) return error;
  if (
    error instanceof JetStreamApiError &&
    error.code === JetStreamApiCodes.StreamWrongLastSequence
  ) {
    return new WrongSequence(`${subject}: somebody else wrote first`, options);
  }
  if (isTimeout(error)) {
    const lost = session.ended.aborted ? ' (the connection was lost)' : '';
    return new PublishTimeout(`${subject}: no acknowledgement in time${lost}`, options);
  }
  if (isConnectionTrouble(error) || error instanceof JetStreamApiError) {
    return new NatsUnavailable(`${subject}: ${describeError(error, 200)}`, options);
  }
  return error instanceof Error ? error : new Error(String(error), options);
}

/** The error of ours for what the client throws when a request fails. */
export function requestError(error: unknown, subject: string, timeoutMs: number): Error {
  const options = { cause: error };
  if (isNoResponders(error)) return new NoResponders(`${subject}: nobody listens`, options);
  if (isTimeout(error)) {
    return new RequestTimeout(`${subject}: no reply within ${timeoutMs} ms`, options);
  }
  if (isConnectionTrouble(error)) {
    return new NatsUnavailable(`${subject}: ${describeError(error, 200)}`, options);
  }
  return error instanceof Error ? error : new Error(String(error), options);
}

function isTimeout(error: unknown): boolean {
  return hasCause(
    error,
    (cause) => cause instanceof errors.TimeoutError || cause instanceof SessionEnded,
  );
}

function isNoResponders(error: unknown): boolean {
  return hasCause(
    error,
    (cause) =>
      cause instanceof errors.NoRespondersError ||
      (cause instanceof RequestError && cause.isNoResponders()),
  );
}

function isConnectionTrouble(error: unknown): boolean {
  return hasCause(
    error,
    (cause) =>
      cause instanceof RequestError ||
      cause instanceof errors.ClosedConnectionError ||
      cause instanceof errors.DrainingConnectionError ||
      cause instanceof errors.ConnectionError ||
      cause instanceof errors.NoRespondersError,
  );
}

/** The client wraps errors in errors: the one that says what happened may be the cause. */
function hasCause(error: unknown, matches: (cause: unknown) => boolean): boolean {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; depth += 1) {
    if (matches(cause)) return true;
    cause = cause.cause;
  }
  return false;
}
