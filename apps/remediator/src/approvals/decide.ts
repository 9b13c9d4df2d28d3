import type { ActionDecided, ActionState } from '@vigil/contracts';
import type { ActionView } from '../action/action-view.js';

export type DecisionOutcome =
  | { readonly kind: 'move'; readonly to: ActionState }
  /** The action runs: its driver is told. */
  | { readonly kind: 'interrupt' }
  | { readonly kind: 'ignored'; readonly why: string };

/** What a person's decision does to an action at `now`, Unix ms. `view` is undefined for one that has ended. */
export function decide(
  { decision, planHash }: Pick<ActionDecided, 'decision' | 'planHash'>,
  view: Pick<ActionView, 'state' | 'plan' | 'expiresAt'> | undefined,
  now: number,
): DecisionOutcome {
  if (view === undefined) return { kind: 'ignored', why: 'the action has ended' };
  const waits = view.state === 'pending_approval';
  switch (decision) {
    case 'approve':
      if (!waits) return { kind: 'ignored', why: `the action is ${view.state}` };
      // no later than others would have seen it expire: nobody knows what holds by now
      if (view.expiresAt !== undefined && view.expiresAt <= now) {
        return { kind: 'ignored', why: 'it was approved too late, or was read too late' };
      }
      if (planHash !== view.plan?.hash) {
        return { kind: 'ignored', why: 'another plan was approved than the one that waits' };
      }
      return { kind: 'move', to: 'queued' };
    case 'reject':
      return waits
        ? { kind: 'move', to: 'rejected' }
        : { kind: 'ignored', why: `the action is ${view.state}` };
    case 'cancel':
      if (view.state === 'rolling_back') {
        return { kind: 'ignored', why: 'a roll-back is always finished' };
      }
      return waits ? { kind: 'move', to: 'cancelled' } : { kind: 'interrupt' };
  }
}
