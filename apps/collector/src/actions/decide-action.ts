import { Injectable } from '@nestjs/common';
import type { Principal } from '@vigil/auth';
import { ActionDecided, isFinalActionState, type ActionView } from '@vigil/contracts';
import { Bus } from '@vigil/messaging';
import { Clock, HttpProblem } from '@vigil/service';
import { ActionsStore } from './actions.store.js';

/** What a person decided. */
export interface ActionVerdict {
  readonly decision: 'approve' | 'reject' | 'cancel';
  readonly reason: string;
  /** With `approve`: the plan that was seen; absent: the pending one. */
  readonly planHash?: string | undefined;
}

/** Passes a person's decision about an action on to the remediator, which holds the truth. */
@Injectable()
export class DecideAction {
  constructor(
    private readonly actions: ActionsStore,
    private readonly bus: Bus,
    private readonly clock: Clock,
  ) {}

  /** @throws HttpProblem 404 for an unknown action, 409 when the decision cannot apply to it */
  async decide(
    actionId: string,
    verdict: ActionVerdict,
    caller: Principal,
  ): Promise<{ actionId: string; decision: string }> {
    const action = await this.actions.find(actionId);
    if (action === undefined)
      throw new HttpProblem(404, { detail: `no action has the id ${actionId}` });
    const { decision, reason } = verdict;
    const planHash = planOf(action, verdict);
    await this.bus.publish(
      ActionDecided,
      {
        actionId,
        decision,
        actor: caller.name,
        reason,
        at: this.clock.now(),
        ...(planHash === undefined ? {} : { planHash }),
      },
      { correlationId: action.correlationId },
    );
    return { actionId, decision };
  }
}

/** The hash that the decision is bound to; refuses what cannot apply any more. */
function planOf(action: ActionView, verdict: ActionVerdict): string | undefined {
  if (verdict.decision === 'cancel') {
    if (isFinalActionState(action.status)) throw conflict(`the action has ended: ${action.status}`);
    return undefined;
  }
  if (action.status !== 'pending_approval') {
    throw conflict(`the action waits for no approval: it is ${action.status}`);
  }
  if (verdict.decision === 'reject') return undefined;
  if (verdict.planHash !== undefined && verdict.planHash !== action.planHash) {
    throw conflict('the plan has changed since it was shown; look at the action again');
  }
  return action.planHash;
}

function conflict(detail: string): HttpProblem {
  return new HttpProblem(409, { detail });
}
