import type { HandlesOptions } from '@vigil/messaging';

/**
 * How events become rows: never given up while PostgreSQL is away, tried again soon after it is
 * back, several at a time, because each row takes the newest event whatever the order.
 */
export function projection(durable: string): HandlesOptions {
  return {
    durable,
    maxDeliver: 'unlimited',
    backoff: { initialMs: 250, capMs: 5_000 },
    concurrency: 8,
  };
}
