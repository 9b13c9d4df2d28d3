import type { MsgHdrs } from '@nats-io/nats-core';

/** Headers of Vigil's messages. Those of NATS itself begin with `Nats-`. */
export const HEADER = {
  correlationId: 'Vigil-Correlation-Id',
  /** Service that sent it. */
  sender: 'Vigil-Sender',
  /** In a reply: the code of the error that the handler ended with. */
  errorCode: 'Vigil-Error-Code',
  errorMessage: 'Vigil-Error-Message',
  errorDisposition: 'Vigil-Error-Disposition',
  /** In a dead letter: why it is one. */
  deadReason: 'Vigil-Dead-Reason',
  deadError: 'Vigil-Dead-Error',
  deadSubject: 'Vigil-Dead-Subject',
  deadSequence: 'Vigil-Dead-Sequence',
  deadDeliveries: 'Vigil-Dead-Deliveries',
} as const;

/** A header value on one line in the characters that travel safely. */
export function headerText(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 1024);
}

/** The header's value; undefined when it is absent or empty. */
export function headerOf(headers: MsgHdrs | undefined, name: string): string | undefined {
  const value = headers?.get(name);
  return value === '' ? undefined : value;
}
