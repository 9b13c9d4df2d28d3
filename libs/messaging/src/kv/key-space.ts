import { headers } from '@nats-io/nats-core';
import { nuid } from '@nats-io/nats-core';
import type { z } from 'zod';
import { bucketStream } from '../connection/stream-config.js';
import type { NatsConnection } from '../connection/nats-connection.js';
import { withinSession, type NatsSession } from '../connection/nats-session.js';
import { PublishTimeout, WrongRevision, WrongSequence } from '../errors.js';
import { publishError } from '../publish/publish-error.js';
import { decodePayload, encodePayload } from '../wire.js';

/** A value and where it stands. */
export interface KvEntry<Value> {
  readonly key: string;
  readonly value: Value;
  /** Changes with every write; what compare-and-set compares. */
  readonly revision: number;
  /** Unix ms, by the server's clock. */
  readonly writtenAt: number;
}

export interface WriteOptions {
  /**
   * Identifies the write: the same write sent again under it changes nothing and returns the revision
   * of the first time. Default: a new id per call.
   */
  readonly messageId?: string;
}

const WRITE_TIMEOUT_MS = 2_000;
const OPERATION = 'KV-Operation';

/** The keys of a bucket that begin with one prefix, and their values, which are checked on every way. */
export class KeySpace<Schema extends z.ZodType> {
  constructor(
    private readonly connection: NatsConnection,
    readonly bucket: string,
    readonly prefix: string,
    private readonly schema: Schema,
  ) {}

  /**
   * The newest value; undefined when there is none, or it was deleted or has expired.
   * @throws NatsUnavailable; InvalidPayload when what is stored does not match the schema
   */
  async get(key: string): Promise<KvEntry<z.output<Schema>> | undefined> {
    const found = await this.newest(key);
    if (found === undefined || found.deleted) return undefined;
    return {
      key,
      value: decodePayload(this.schema, found.data, `${this.bucket}/${key}`),
      revision: found.revision,
      writtenAt: found.writtenAt,
    };
  }

  /** Writes whatever is there; returns the revision. */
  async put(key: string, value: z.input<Schema>, options: WriteOptions = {}): Promise<number> {
    return this.write(key, this.encode(key, value), undefined, options);
  }

  /**
   * Writes only when there is no value.
   * @throws WrongRevision when there is one
   */
  async create(key: string, value: z.input<Schema>, options: WriteOptions = {}): Promise<number> {
    const data = this.encode(key, value);
    try {
      return await this.write(key, data, 0, options);
    } catch (error) {
      if (!(error instanceof WrongRevision)) throw error;
      // a deleted key still has a last revision: the marker's
      const found = await this.newest(key);
      if (found?.deleted !== true) throw error;
      return this.write(key, data, found.revision, {});
    }
  }

  /**
   * Writes only when `revision` is still the newest.
   * @throws WrongRevision
   */
  async update(
    key: string,
    value: z.input<Schema>,
    revision: number,
    options: WriteOptions = {},
  ): Promise<number> {
    return this.write(key, this.encode(key, value), revision, options);
  }

  /**
   * Deletes the value; with a revision only when that is still the newest.
   * @throws WrongRevision
   */
  async delete(key: string, revision?: number): Promise<void> {
    await this.write(key, new Uint8Array(), revision, { deletes: true });
  }

  /**
   * When the bucket was made, Unix ms. Revisions begin anew with a bucket that was made again.
   * @throws NatsUnavailable
   */
  async createdAt(): Promise<number> {
    const session = this.connection.require();
    const stream = bucketStream(this.bucket);
    const info = await withinSession(session, session.manager.streams.info(stream)).catch(
      (error: unknown) => Promise.reject(publishError(error, stream, session)),
    );
    return new Date(info.created).getTime();
  }

  private encode(key: string, value: z.input<Schema>): Uint8Array {
    return encodePayload(this.schema, value, `${this.bucket}/${key}`);
  }

  private async write(
    key: string,
    data: Uint8Array,
    revision: number | undefined,
    options: WriteOptions & { readonly deletes?: boolean },
  ): Promise<number> {
    const session = this.connection.require();
    const subject = this.subjectOf(key);
    const msgID = options.messageId ?? nuid.next();
    const send = async () => {
      const sent = headers();
      if (options.deletes === true) sent.set(OPERATION, 'DEL');
      const publish = session.jetstream.publish(subject, data, {
        headers: sent,
        timeout: WRITE_TIMEOUT_MS,
        msgID,
        ...(revision === undefined ? {} : { expect: { lastSubjectSequence: revision } }),
      });
      return (await withinSession(session, publish)).seq;
    };
    try {
      return await send().catch((error: unknown) => retryTimeout(error, subject, session, send));
    } catch (error) {
      // it may be one of ours already: that is left as it is
      const known = publishError(error, subject, session);
      if (!(known instanceof WrongSequence)) throw known;
      throw new WrongRevision(`${this.bucket}/${key} was changed by somebody else`, {
        cause: error,
      });
    }
  }

  private async newest(key: string) {
    const session = this.connection.require();
    const subject = this.subjectOf(key);
    const stored = await withinSession(
      session,
      session.manager.streams.getMessage(bucketStream(this.bucket), { last_by_subj: subject }),
    ).catch((error: unknown) => Promise.reject(publishError(error, subject, session)));
    if (stored === null) return undefined;
    return {
      data: stored.data,
      revision: stored.seq,
      writtenAt: stored.time.getTime(),
      deleted: stored.header.get(OPERATION) !== '',
    };
  }

  private subjectOf(key: string): string {
    const [first] = key.split('.', 1);
    if (first !== this.prefix) throw new TypeError(`${key} does not begin with ${this.prefix}`);
    return `$KV.${this.bucket}.${key}`;
  }
}

/** A lost acknowledgement leaves open whether the write happened; its message id makes a second try safe. */
function retryTimeout(
  error: unknown,
  subject: string,
  session: NatsSession,
  send: () => Promise<number>,
): Promise<number> {
  const known = publishError(error, subject, session);
  return known instanceof PublishTimeout && !session.ended.aborted ? send() : Promise.reject(known);
}
