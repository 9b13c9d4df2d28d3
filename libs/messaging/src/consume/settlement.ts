import { backoffCeiling, dispositionOf, type BackoffPolicy } from '@vigil/service';
import { InvalidPayload } from '../errors.js';

export type DeadReason =
  /** It does not match its contract. */
  | 'invalid'
  /** The handler refused it for good. */
  | 'rejected'
  /** Every attempt failed. */
  | 'exhausted';

export interface RedeliveryPolicy {
  readonly maxDeliver: number | 'unlimited';
  readonly backoff: BackoffPolicy;
}

/** How a failed delivery ends. */
export type Settlement =
  | { readonly kind: 'retry'; readonly delayMs: number }
  | { readonly kind: 'dead'; readonly reason: DeadReason }
  | { readonly kind: 'crash' };

/** 1 s × 2, at most 60 s, dead letter at 20: DESIGN 5. */
export const DEFAULT_REDELIVERY: RedeliveryPolicy = {
  maxDeliver: 20,
  backoff: { initialMs: 1_000, capMs: 60_000 },
};

/** What becomes of a message whose handler has thrown. `deliveryCount` is 1 for the first attempt. */
export function settle(
  error: unknown,
  deliveryCount: number,
  policy: RedeliveryPolicy,
): Settlement {
  switch (dispositionOf(error)) {
    case 'crash':
      return { kind: 'crash' };
    case 'reject':
      return { kind: 'dead', reason: error instanceof InvalidPayload ? 'invalid' : 'rejected' };
    case 'retry':
      return isExhausted(deliveryCount + 1, policy)
        ? { kind: 'dead', reason: 'exhausted' }
        : { kind: 'retry', delayMs: backoffCeiling(deliveryCount - 1, policy.backoff) };
  }
}

/**
 * True when the delivery is one too many. It is checked before the handler runs as well: a message
 * that kills its handler's process never gets as far as an error.
 */
export function isExhausted(deliveryCount: number, policy: RedeliveryPolicy): boolean {
  return policy.maxDeliver !== 'unlimited' && deliveryCount > policy.maxDeliver;
}
