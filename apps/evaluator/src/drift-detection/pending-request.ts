import type { ActionRequest, ResourceMemory } from '@vigil/contracts';
import type { ActionRecord } from '../action-history/action-record.js';

export type PendingRequest = NonNullable<ResourceMemory['requested']>;

/** A request that the log has not shown after this time is published again, with the same id. */
export const REPUBLISH_AFTER_MS = 30_000;

export type PendingStep =
  | { readonly kind: 'none' }
  | { readonly kind: 'wait'; readonly pending: PendingRequest }
  | { readonly kind: 'republish'; readonly pending: PendingRequest };

export interface PresentCauses {
  /** Causes that are there, also those of which nothing more is known now. */
  readonly present: ReadonlySet<string>;
  /** Causes that ask for something now. */
  readonly wished: ReadonlySet<string>;
}

/**
 * What to do about a request that was published. Nothing once the log has it. Until then it counts
 * as in flight; when it may have been lost on the way it is published again: the message id and the
 * remediator both drop a repetition.
 */
export function followUp(
  pending: PendingRequest | undefined,
  record: ActionRecord | undefined,
  causes: PresentCauses,
  now: number,
): PendingStep {
  if (pending === undefined || record !== undefined) return { kind: 'none' };
  if (now - pending.publishedAt < REPUBLISH_AFTER_MS) return { kind: 'wait', pending };
  const isAmong = (keys: ReadonlySet<string>) =>
    pending.request.causes.some(({ key }) => keys.has(key));
  if (isAmong(causes.wished)) {
    return { kind: 'republish', pending: { ...pending, publishedAt: now } };
  }
  return isAmong(causes.present) ? { kind: 'wait', pending } : { kind: 'none' };
}

export function isAbout(pending: PendingRequest, causeKey: string): boolean {
  return pending.request.causes.some(({ key }) => key === causeKey);
}

export function pendingOf(request: ActionRequest, publishedAt: number): PendingRequest {
  return { request, publishedAt };
}
