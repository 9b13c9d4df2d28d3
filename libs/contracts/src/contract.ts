import type { z } from 'zod';
import type { StreamName } from './streams.js';

/** The `{name}` placeholders of a subject template. */
type ParamNames<Subject extends string> = Subject extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParamNames<Rest>
  : never;

/** Values for the placeholders of a subject; they are encoded by {@link subjectOf}. */
export type SubjectParams<Subject extends string> = [ParamNames<Subject>] extends [never]
  ? Record<string, never>
  : Record<ParamNames<Subject>, string | number>;

/** A message on a JetStream stream: acknowledged by the stream, consumed durably. */
export interface EventContract<
  Schema extends z.ZodType = z.ZodType,
  Subject extends string = string,
> {
  readonly kind: 'event';
  readonly subject: Subject;
  readonly stream: StreamName;
  readonly schema: Schema;
}

/** A request with one reply over core NATS: not stored, answered by whoever is up. */
export interface RequestContract<
  Request extends z.ZodType = z.ZodType,
  Reply extends z.ZodType = z.ZodType,
  Subject extends string = string,
> {
  readonly kind: 'request';
  readonly subject: Subject;
  readonly request: Request;
  readonly reply: Reply;
}

/** A message over core NATS: delivered to who listens now, stored nowhere. */
export interface SignalContract<
  Schema extends z.ZodType = z.ZodType,
  Subject extends string = string,
> {
  readonly kind: 'signal';
  readonly subject: Subject;
  readonly schema: Schema;
}

/** The parsed payload of an event or signal. */
export type PayloadOf<Contract extends { readonly schema: z.ZodType }> = z.infer<
  Contract['schema']
>;

export function defineEvent<Schema extends z.ZodType, const Subject extends string>(
  subject: Subject,
  stream: StreamName,
  schema: Schema,
): EventContract<Schema, Subject> {
  return Object.freeze({ kind: 'event', subject, stream, schema });
}

export function defineRequest<
  Request extends z.ZodType,
  Reply extends z.ZodType,
  const Subject extends string,
>(subject: Subject, request: Request, reply: Reply): RequestContract<Request, Reply, Subject> {
  return Object.freeze({ kind: 'request', subject, request, reply });
}

export function defineSignal<Schema extends z.ZodType, const Subject extends string>(
  subject: Subject,
  schema: Schema,
): SignalContract<Schema, Subject> {
  return Object.freeze({ kind: 'signal', subject, schema });
}

const PLACEHOLDER = /\{(\w+)\}/g;

/** The concrete subject: each placeholder replaced by its encoded value. */
export function subjectOf<const Subject extends string>(
  contract: { readonly subject: Subject },
  params: SubjectParams<Subject>,
): string {
  const values: Readonly<Record<string, string | number>> = params;
  return contract.subject.replace(PLACEHOLDER, (_match, name: string) => {
    const value = values[name];
    if (value === undefined) throw new TypeError(`subject ${contract.subject} needs ${name}`);
    return encodeToken(String(value));
  });
}

/** The subject with `*` for each placeholder, as a subscription filter. */
export function subjectFilter(contract: { readonly subject: string }): string {
  return contract.subject.replace(PLACEHOLDER, '*');
}

const SAFE = /[A-Za-z0-9_-]/;

/**
 * One subject token or KV key segment for any text: letters, digits, `_` and `-` stay, every other
 * UTF-8 byte becomes `=XX` (host names have dots, resource ids have slashes). NATS KV keys allow `=`.
 */
export function encodeToken(text: string): string {
  let token = '';
  for (const byte of new TextEncoder().encode(text)) {
    const char = String.fromCharCode(byte);
    token += SAFE.test(char) ? char : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return token === '' ? '=' : token;
}

/** Reverses {@link encodeToken}; undefined when the token is not one that it made. */
export function decodeToken(token: string): string | undefined {
  if (token === '=') return '';
  const bytes: number[] = [];
  for (let at = 0; at < token.length; at += 1) {
    const char = token.charAt(at);
    if (SAFE.test(char)) {
      bytes.push(char.charCodeAt(0));
      continue;
    }
    const hex = token.slice(at + 1, at + 3);
    if (char !== '=' || !/^[0-9A-F]{2}$/.test(hex)) return undefined;
    bytes.push(Number.parseInt(hex, 16));
    at += 2;
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(bytes));
  } catch {
    return undefined;
  }
}
