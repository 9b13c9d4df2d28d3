import { Injectable } from '@nestjs/common';
import type { ActionReason, Plan } from '@vigil/contracts';
import { EffectiveChange } from '../desired/effective-change.js';
import { ManifestArchive } from '../desired/manifest-archive.js';
import type { ActionRun } from '../drive/action-run.js';
import type { ActionHold } from '../locks/action-hold.js';
import { maxUnavailableOf } from '../plan/plan-action.js';
import { planHash } from '../plan/plan-hash.js';
import { planRollback } from '../plan/plan-rollback.js';
import { RunBatches, type PlanEnd } from './run-batches.js';

/**
 * Takes back what an action has done that did not help: a phase of the action, under its lock, as
 * careful as the action itself. It is always finished: nobody cancels it, and nothing but the agents'
 * own refusal stops it.
 */
@Injectable()
export class RollBack {
  constructor(
    private readonly batches: RunBatches,
    private readonly manifests: ManifestArchive,
    private readonly effective: EffectiveChange,
  ) {}

  /** Ends the action as failed when there is nothing to go back to, else rolls back. */
  async begin(run: ActionRun, hold: ActionHold, reason: ActionReason): Promise<void> {
    const plan = await this.planFor(run);
    if (plan.operations.length === 0) {
      await run.moveTo('failed', { reason });
      return;
    }
    await run.moveTo('rolling_back', { reason, plan });
    await this.resume(run, hold);
  }

  /** Goes on with a roll-back, also one that another process began. */
  async resume(run: ActionRun, hold: ActionHold): Promise<void> {
    await this.effective.takeBack(run.view, hold);
    const end = await this.batches.run(run, hold, {
      rollback: true,
      plan: run.view.rollbackPlan,
      beforeBatch: () => Promise.resolve(undefined),
      beforeVerification: () => Promise.resolve(),
      signal: run.stopping,
    });
    await this.conclude(run, end);
  }

  private async conclude(run: ActionRun, end: PlanEnd): Promise<void> {
    const { code, message: cause } = run.view.reason ?? { code: 'failed', message: 'it failed' };
    switch (end.kind) {
      case 'achieved':
        return run.moveTo('rolled_back', { reason: { code, message: `rolled back: ${cause}` } });
      case 'failed':
      case 'short': {
        const message = `${cause}; rolling back did not work either: ${end.reason.message}`;
        return run.moveTo('failed', { reason: { code: 'rollback-failed', message } });
      }
      case 'cancelled':
      case 'abandoned':
        return;
    }
  }

  private async planFor({ view }: ActionRun): Promise<Plan> {
    const { request, operations } = view;
    const specs = await this.manifests.find(
      request.targets.flatMap(({ observedDigest }) => observedDigest ?? []),
      request.earlier,
    );
    const plan = {
      operations: planRollback({ request, operations, specs }),
      maxUnavailable: maxUnavailableOf(request),
    };
    return { ...plan, hash: planHash(request, plan) };
  }
}
