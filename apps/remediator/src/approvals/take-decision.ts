import { Injectable } from '@nestjs/common';
import type { ActionDecided, ActionState } from '@vigil/contracts';
import { Clock, Log, VigilError } from '@vigil/service';
import { ActionSupervisor } from '../drive/action-supervisor.js';
import { ActionLog } from '../log/action-log.js';
import { ActionRegistry } from '../log/action-registry.js';
import type { LoggedAction } from '../log/entry-content.js';
import { decide } from './decide.js';

/** The decision is about an action that has not ended yet, that another process drives, or that is not known. */
export class NotDecidedYet extends VigilError {
  readonly code = 'action.not_decided_yet';
  readonly disposition = 'retry';
}

/** How long the decision is tried to be recorded, milliseconds; then its message comes again. */
const APPEND_MS = 3_000;

/** Does with an action what a person has decided. */
@Injectable()
export class TakeDecision {
  constructor(
    private readonly registry: ActionRegistry,
    private readonly actions: ActionLog,
    private readonly supervisor: ActionSupervisor,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** @throws NotDecidedYet, and what appending to the log throws: then it has to come again */
  async take(decided: ActionDecided): Promise<void> {
    const { actionId, actor, reason } = decided;
    const action = this.registry.get(actionId);
    if (action === undefined && !this.registry.isFinished(actionId)) {
      throw new NotDecidedYet(`${actionId} is not known`);
    }
    const outcome = decide(decided, action?.view, this.clock.now());
    switch (outcome.kind) {
      case 'ignored':
        this.log.warn('a decision came to nothing', { actionId, actor, why: outcome.why });
        return;
      case 'interrupt':
        await this.supervisor.cancel(actionId, { actor, reason });
        if (this.registry.get(actionId) === undefined) return;
        throw new NotDecidedYet(`${actionId} has not ended yet`);
      case 'move':
        if (action === undefined) return;
        await this.record(action, outcome.to, decided);
        if (outcome.to === 'queued') this.supervisor.begin(actionId);
    }
  }

  private async record(
    action: LoggedAction,
    to: ActionState,
    { actor, reason, decision }: ActionDecided,
  ): Promise<void> {
    await this.actions.append(
      action,
      {
        kind: 'transition',
        from: action.view.state,
        to,
        reason: { code: CODES[decision], message: reason },
      },
      actor,
      AbortSignal.timeout(APPEND_MS),
    );
  }
}

const CODES = { approve: 'approved', reject: 'rejected', cancel: 'cancelled' } as const;
