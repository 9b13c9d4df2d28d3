import { VigilError, type Disposition } from '@vigil/service';

/** NATS cannot be reached, or its streams are not there yet. */
export class NatsUnavailable extends VigilError {
  readonly code = 'nats.unavailable';
  readonly disposition = 'retry';
}

/** No acknowledgement in time: the message may or may not be stored. Repeat it with the same message id. */
export class PublishTimeout extends VigilError {
  readonly code = 'nats.publish_timeout';
  readonly disposition = 'retry';
}

/** Somebody else has written to the subject since it was read. */
export class WrongSequence extends VigilError {
  readonly code = 'nats.wrong_sequence';
  readonly disposition = 'retry';
}

/** The key was changed, created or deleted since it was read. */
export class WrongRevision extends VigilError {
  readonly code = 'kv.wrong_revision';
  readonly disposition = 'retry';
}

/** A payload does not match its contract. */
export class InvalidPayload extends VigilError {
  readonly code = 'messaging.invalid_payload';
  readonly disposition = 'reject';
}

/** A message is larger than the server takes. */
export class MessageTooLarge extends VigilError {
  readonly code = 'messaging.too_large';
  readonly disposition = 'reject';
}

/** Nobody listens for the request. */
export class NoResponders extends VigilError {
  readonly code = 'nats.no_responders';
  readonly disposition = 'retry';
}

/** Somebody listens, but no reply came in time: the request may have been carried out. */
export class RequestTimeout extends VigilError {
  readonly code = 'nats.request_timeout';
  readonly disposition = 'retry';
}

/** The other side answered with an error; `remoteCode` is its code. */
export class RequestFailed extends VigilError {
  readonly code = 'messaging.request_failed';

  constructor(
    message: string,
    readonly remoteCode: string,
    readonly disposition: Disposition,
  ) {
    super(message);
  }
}
