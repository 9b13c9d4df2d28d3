export {
  NatsConnection,
  type NatsConnectionOptions,
  type NatsState,
  type NatsStatus,
} from './connection/nats-connection.js';
export type { NatsSession } from './connection/nats-session.js';
export type { Subscription } from './consume/core-subscription.js';
export {
  Answers,
  Handles,
  Hears,
  type DeliverFrom,
  type HandlesOptions,
  type HearsOptions,
} from './consume/handles.js';
export { JetStreamStrategy } from './consume/jetstream-strategy.js';
export {
  InvalidPayload,
  MessageTooLarge,
  NatsUnavailable,
  NoResponders,
  PublishTimeout,
  RequestFailed,
  RequestTimeout,
  WrongRevision,
  WrongSequence,
} from './errors.js';
export { MessagingHealth } from './health/messaging-health.js';
export { Buckets, TypedBucket, type KvChange, type WatchOptions } from './kv/buckets.js';
export { DurableKeys, type DurableKeysOptions, type Written } from './kv/durable-keys.js';
export { KeySpace, type KvEntry, type WriteOptions } from './kv/key-space.js';
export { WriteRefused, type LastingCopy } from './kv/lasting-copy.js';
export { acquireLock, HeldLock, type LockOptions, type LockOutcome } from './kv/lock.js';
export { MessageContext, OrderedMessageContext } from './message-context.js';
export { MessagingModule, type MessagingOptions } from './messaging.module.js';
export {
  Bus,
  type Published,
  type PublishOptions,
  type RequestOptions,
  type SendOptions,
} from './publish/bus.js';
export type { OrderedSubscription, ResetReason } from './read/ordered-reader.js';
export { Subscriptions, type OrderedOptions } from './read/subscriptions.js';
