import { Controller } from '@nestjs/common';
import { ActionDecided, type ActionState } from '@vigil/contracts';
import { Handles } from '@vigil/messaging';
import { Log, VigilError } from '@vigil/service';
import { ActionSupervisor } from '../drive/action-supervisor.js';
import { ActionLog } from '../log/action-log.js';
import { ActionRegistry } from '../log/action-registry.js';
import { KnownWorld } from '../recovery/known-world.js';
import { decide } from './decide.js';

/** The decision is about an action that another process drives, or that is not known yet. */
export class NotOursToDecide extends VigilError {
  readonly code = 'action.not_here';
  readonly disposition = 'retry';
}

/** How long the decision is tried to be recorded, milliseconds; then its message comes again. */
const APPEND_MS = 3_000;

/** A person has decided about an action. */
@Controller()
export class OnActionDecided {
  constructor(
    private readonly world: KnownWorld,
    private readonly registry: ActionRegistry,
    private readonly actions: ActionLog,
    private readonly supervisor: ActionSupervisor,
    private readonly log: Log,
  ) {}

  @Handles(ActionDecided, { durable: 'remediator-decisions', maxDeliver: 8 })
  async handle(decided: ActionDecided): Promise<void> {
    await this.world.require();
    const { actionId, actor, reason } = decided;
    const action = this.registry.get(actionId);
    if (action === undefined && !this.registry.isFinished(actionId)) {
      throw new NotOursToDecide(`${actionId} is not known`);
    }
    const outcome = decide(decided, action?.view);
    switch (outcome.kind) {
      case 'ignored':
        this.log.warn('a decision came to nothing', { actionId, actor, why: outcome.why });
        return;
      case 'interrupt':
        if (this.supervisor.cancel(actionId, { actor, reason })) return;
        throw new NotOursToDecide(`${actionId} is driven by another process`);
      case 'move':
        if (action === undefined) return;
        await this.record(action, outcome.to, decided);
        if (outcome.to === 'queued') this.supervisor.begin(actionId);
    }
  }

  private async record(
    action: Parameters<ActionLog['append']>[0],
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
