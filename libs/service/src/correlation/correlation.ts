import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';

const storage = new AsyncLocalStorage<string>();

/** Runs `work` so that everything it logs and publishes carries the correlation id. */
export function withCorrelation<Result>(correlationId: string, work: () => Result): Result {
  return storage.run(correlationId, work);
}

/** The correlation id of the message or request being handled. */
export function currentCorrelationId(): string | undefined {
  return storage.getStore();
}

/** A fresh id for a new cause. */
export function newCorrelationId(): string {
  return randomUUID();
}
