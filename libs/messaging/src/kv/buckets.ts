import type { JsMsg } from '@nats-io/jetstream';
import type { BucketDefinition } from '@vigil/contracts';
import { type Log } from '@vigil/service';
import type { z } from 'zod';
import { type NatsConnection } from '../connection/nats-connection.js';
import { bucketStream } from '../connection/stream-config.js';
import {
  OrderedReader,
  type OrderedSubscription,
  type ResetReason,
} from '../read/ordered-reader.js';
import { decodePayload } from '../wire.js';
import { KeySpace, type KvEntry } from './key-space.js';
import { Wholeness } from './wholeness.js';

type Schemas = Record<string, z.ZodType>;

/** What happened to a key, with the prefix that tells which type its value has. */
export type KvChange<Values extends Schemas> = {
  readonly [Prefix in keyof Values & string]:
    | ({ readonly kind: 'put'; readonly prefix: Prefix } & KvEntry<z.output<Values[Prefix]>>)
    | {
        readonly kind: 'delete';
        readonly prefix: Prefix;
        readonly key: string;
        readonly revision: number;
      };
}[keyof Values & string];

export interface WatchOptions<Values extends Schemas> {
  /** Only keys with this prefix; default: all. */
  readonly prefix?: keyof Values & string;
  /**
   * First every present value, then every change, in the order in which they were written. An error
   * of the listener is logged, and the change skipped.
   */
  readonly onChange: (change: KvChange<Values>) => void | Promise<void>;
  /** Every value that was there at the beginning has been seen. Again after each reset. */
  readonly onReady?: () => void;
  /** The server lost the bucket: what was seen before is void, everything comes again. */
  readonly onReset?: (reason: ResetReason) => void;
  /** For what an owner puts back after a loss: its mark, and who wants to know about it. */
  readonly whole?: {
    /** Key of the mark. */
    readonly mark: string;
    /**
     * Whether everything that the owner knows has been seen: told at once (false), and whenever that
     * changes. After a loss it is false until the owner has put everything back.
     */
    readonly onChange: (isWhole: boolean) => void;
  };
}

/** A key-value bucket. Values that expire (a bucket with a TTL) vanish without a change. */
export class TypedBucket<Values extends Schemas> {
  constructor(
    private readonly connection: NatsConnection,
    private readonly definition: BucketDefinition<Values>,
    private readonly log: Log,
  ) {}

  /** The keys that begin with a prefix. */
  keys<Prefix extends keyof Values & string>(prefix: Prefix): KeySpace<Values[Prefix]> {
    const { bucket, values } = this.definition;
    return new KeySpace(this.connection, bucket, prefix, schemaFor(values, prefix));
  }

  /** Follows the bucket until it is stopped; goes on without gaps after a reconnect. */
  watch(options: WatchOptions<Values>): OrderedSubscription {
    const { bucket } = this.definition;
    const whole = options.whole && new Wholeness(options.whole.mark, options.whole.onChange);
    const reader: OrderedReader = new OrderedReader(
      this.connection,
      {
        stream: bucketStream(bucket),
        filterSubject: `$KV.${bucket}.>`,
        deliver: 'last-per-subject',
        onMessage: async ({ message }) => {
          await this.deliver(message, options, (change) => {
            whole?.take(change, reader.streamCreatedAt);
          });
          return true;
        },
        onReset: (reason) => {
          if (reason === 'stream-lost') whole?.lost();
          options.onReset?.(reason);
        },
        onCaughtUp: () => {
          // whoever waits for everything to be read shall not see a moment in which it is not whole
          whole?.read();
          options.onReady?.();
        },
      },
      this.log,
    );
    return reader;
  }

  /** Every present value, read once. Rejects when the signal is aborted before that. */
  async entries(signal: AbortSignal): Promise<KvChange<Values>[]> {
    const found = new Map<string, KvChange<Values>>();
    const watch = this.watch({
      onChange: (change) => {
        if (change.kind === 'delete') found.delete(change.key);
        else found.set(change.key, change);
      },
      onReset: () => {
        found.clear();
      },
    });
    try {
      await Promise.race([watch.caughtUp, aborted(signal)]);
      signal.throwIfAborted();
      return [...found.values()];
    } finally {
      await watch.stop();
    }
  }

  private async deliver(
    message: JsMsg,
    options: WatchOptions<Values>,
    onSeen: (change: KvChange<Values>) => void,
  ): Promise<void> {
    const key = message.subject.slice(`$KV.${this.definition.bucket}.`.length);
    try {
      const change = this.changeOf(key, message);
      if (change === undefined) return;
      onSeen(change);
      if (options.prefix !== undefined && change.prefix !== options.prefix) return;
      await options.onChange(change);
    } catch (error) {
      this.log.error('a value of a bucket was skipped', error, {
        bucket: this.definition.bucket,
        entry: key,
      });
    }
  }

  /** Undefined for a key that no schema knows: a newer version of Vigil wrote it. */
  private changeOf(key: string, message: JsMsg): KvChange<Values> | undefined {
    const prefix = key.split('.', 1)[0] ?? key;
    const schema = Object.hasOwn(this.definition.values, prefix)
      ? this.definition.values[prefix]
      : undefined;
    if (schema === undefined) return undefined;
    const known = { prefix, key, revision: message.seq };
    if ((message.headers?.get('KV-Operation') ?? '') !== '') {
      return changeOfKnownKey({ ...known, kind: 'delete' });
    }
    const value = decodePayload(schema, message.data, `${this.definition.bucket}/${key}`);
    const writtenAt = message.time.getTime();
    return changeOfKnownKey({ ...known, kind: 'put', value, writtenAt });
  }
}

/** Unlike an index into a record of any strings, this one is known to be there. */
function schemaFor<Values extends object, Prefix extends keyof Values>(
  values: Values,
  prefix: Prefix,
): Values[Prefix] {
  return values[prefix];
}

/**
 * The caller has looked the prefix up in `Values` and parsed the value with its schema; that the two
 * belong together is more than the type checker can follow.
 */
function changeOfKnownKey<Values extends Schemas>(change: KvChange<Schemas>): KvChange<Values> {
  return change as KvChange<Values>;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
  });
}

/** Opens buckets. */
export class Buckets {
  constructor(
    private readonly connection: NatsConnection,
    private readonly log: Log,
  ) {}

  open<Values extends Schemas>(definition: BucketDefinition<Values>): TypedBucket<Values> {
    return new TypedBucket(this.connection, definition, this.log);
  }
}
