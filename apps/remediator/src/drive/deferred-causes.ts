import type { ActionReason, ActionRequest, Cause } from '@vigil/contracts';
import type { LeftOut } from '../gates/gate.js';
import { placeKey } from '../plan/replica-facts.js';

/** The causes that an action deals with, and those that it leaves for another one. */
export interface DividedCauses {
  readonly causes: Cause[];
  readonly deferred: { readonly causeKey: string; readonly reason: ActionReason }[];
}

/**
 * Which causes of a request are not dealt with, because gates left out the replica that they are
 * about: an action that ends well says nothing about those. Empty where it deals with all of them.
 */
export function deferredCauses(
  { causes }: Pick<ActionRequest, 'causes'>,
  leftOut: readonly LeftOut[],
): DividedCauses | Record<string, never> {
  const reasons = new Map(leftOut.map(({ target, reason }) => [placeKey(target), reason]));
  const reasonFor = (cause: Cause) => {
    if (cause.kind !== 'drift' || cause.host === undefined || cause.replica === undefined) return;
    return reasons.get(placeKey({ host: cause.host, replica: cause.replica }));
  };
  const deferred = causes.flatMap((cause) => {
    const reason = reasonFor(cause);
    return reason === undefined ? [] : [{ causeKey: cause.key, reason }];
  });
  if (deferred.length === 0) return {};
  return { causes: causes.filter((cause) => reasonFor(cause) === undefined), deferred };
}
