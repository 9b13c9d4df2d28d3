import { Injectable } from '@nestjs/common';
import type { ActionReason } from '@vigil/contracts';
import { Log } from '@vigil/service';
import { hasActed } from '../action/has-acted.js';
import { EffectiveChange } from '../desired/effective-change.js';
import { CarryOutPlan } from '../execute/carry-out-plan.js';
import { CANCELLED } from '../execute/guard.js';
import { RollBack } from '../execute/roll-back.js';
import type { PlanEnd } from '../execute/run-batches.js';
import { LockLost, type ActionHold } from '../locks/action-hold.js';
import type { ActionRun } from './action-run.js';
import { Admission } from './admission.js';

/** How long an action that runs already waits for its lock, milliseconds: a lost one expires sooner. */
const RESUME_WAIT_MS = 15_000;

/** Drives one action from wherever its log says it is to its end. */
@Injectable()
export class DriveAction {
  constructor(
    private readonly admission: Admission,
    private readonly effective: EffectiveChange,
    private readonly plan: CarryOutPlan,
    private readonly rollback: RollBack,
    private readonly log: Log,
  ) {}

  async drive(run: ActionRun, hold: ActionHold): Promise<void> {
    switch (run.view.state) {
      case 'requested':
      case 'queued':
        if (await this.admission.admit(run, hold)) await this.carryOut(run, hold);
        return;
      case 'running':
      case 'verifying':
        await this.takeBackLock(run, hold);
        await this.carryOut(run, hold);
        return;
      case 'rolling_back':
        await this.takeBackLock(run, hold);
        await this.rollback.resume(run, hold);
        return;
      default:
        return;
    }
  }

  private async takeBackLock(run: ActionRun, hold: ActionHold): Promise<void> {
    const { action, actionId, resource } = run.view.request;
    if (action === 'notify') return;
    const outcome = await hold.take(RESUME_WAIT_MS, run.stopping);
    if (outcome.kind === 'held') return;
    throw new LockLost(`${resource} is held by ${outcome.heldBy}, ${actionId} has to wait`);
  }

  private async carryOut(run: ActionRun, hold: ActionHold): Promise<void> {
    const overtaken = await this.effective.establish(run.view, hold);
    if (overtaken !== undefined) return this.endEarly(run, hold, overtaken);
    if (run.view.request.action === 'notify') this.tell(run);
    const end = await this.plan.carryOut(run, hold);
    await this.conclude(run, hold, end);
  }

  private async conclude(run: ActionRun, hold: ActionHold, end: PlanEnd): Promise<void> {
    switch (end.kind) {
      case 'achieved':
        await run.moveTo('verifying');
        await run.moveTo('succeeded');
        return;
      case 'failed':
        return this.rollback.begin(run, hold, end.reason);
      case 'short':
        if (end.reason.code === CANCELLED) return this.endCancelled(run, hold);
        return this.endEarly(run, hold, end.reason);
      case 'cancelled':
        return this.endCancelled(run, hold);
      case 'abandoned':
        return;
    }
  }

  /** Suppressed when nothing has been done so far: then there was no action. */
  private async endEarly(run: ActionRun, hold: ActionHold, reason: ActionReason): Promise<void> {
    const acted = hasActed(run.view);
    if (!acted) await this.effective.takeBack(run.view, hold);
    await run.moveTo(acted ? 'failed' : 'suppressed', { reason });
  }

  private async endCancelled(run: ActionRun, hold: ActionHold): Promise<void> {
    if (!hasActed(run.view)) await this.effective.takeBack(run.view, hold);
    const { actor, reason } = run.cancellation ?? { actor: 'unknown', reason: '' };
    await run.moveTo('cancelled', { reason: { code: CANCELLED, message: reason } }, actor);
  }

  private tell({ view }: ActionRun): void {
    const { resource, causes, correlationId } = view.request;
    const policies = causes.flatMap((cause) => (cause.kind === 'policy' ? cause.policy : []));
    this.log.warn('notice', { resource, policies, correlationId });
  }
}
