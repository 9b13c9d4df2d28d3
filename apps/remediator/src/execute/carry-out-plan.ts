import { Injectable } from '@nestjs/common';
import type { ActionRun } from '../drive/action-run.js';
import type { ActionHold } from '../locks/action-hold.js';
import { Guard } from './guard.js';
import { RunBatches, type PlanEnd } from './run-batches.js';

/** Carries out the plan of an action. */
@Injectable()
export class CarryOutPlan {
  constructor(
    private readonly batches: RunBatches,
    private readonly guard: Guard,
  ) {}

  async carryOut(run: ActionRun, hold: ActionHold): Promise<PlanEnd> {
    // of an action that was left by another process; one that has just begun is as fresh as its gates
    let since: number | undefined = run.view.updatedAt;
    return this.batches.run(run, hold, {
      rollback: false,
      plan: run.view.plan,
      beforeBatch: async () => {
        await run.moveTo('running');
        const verdict = this.guard.reasonToStop(run, since);
        since = undefined;
        return verdict;
      },
      beforeVerification: () => run.moveTo('verifying'),
      signal: run.interrupted,
    });
  }
}
