import { Injectable } from '@nestjs/common';
import type { ActionReason } from '@vigil/contracts';
import { Clock } from '@vigil/service';
import { ManifestArchive } from '../desired/manifest-archive.js';
import { Overrides } from '../desired/overrides.js';
import type { ActionRun } from '../drive/action-run.js';
import type { ActionHold } from '../locks/action-hold.js';
import type { PlannedOperation } from '../plan/next-batch.js';
import { planRollback } from '../plan/plan-rollback.js';
import { effectOf } from '../verify/effect.js';
import { VerifyEffects } from '../verify/verify-effects.js';
import { conclude } from './conclude.js';
import { IssueOperations } from './issue-operations.js';

/** Takes back what an action has done that did not help. A phase of the action, under its lock. */
@Injectable()
export class RollBack {
  constructor(
    private readonly operations: IssueOperations,
    private readonly verifying: VerifyEffects,
    private readonly manifests: ManifestArchive,
    private readonly overrides: Overrides,
    private readonly clock: Clock,
  ) {}

  /** Ends the action as failed when there is nothing to go back to, else rolls back. */
  async begin(run: ActionRun, hold: ActionHold, reason: ActionReason): Promise<void> {
    const plan = await this.planFor(run);
    if (plan.length === 0) {
      await run.moveTo('failed', { reason });
      return;
    }
    await run.moveTo('rolling_back', { reason });
    await this.resume(run, hold);
  }

  /** Goes on with a roll-back, also one that another process began. */
  async resume(run: ActionRun, hold: ActionHold): Promise<void> {
    const { reason } = run.view;
    await this.overrides.takeBack(run.view.request);
    const plan = await this.planFor(run);
    const issued = run.view.operations.filter((one) => one.rollback);
    const known = new Set(issued.map(({ index }) => index));

    const unfinished = issued.filter(({ finished }) => finished === undefined);
    const resumed = await this.operations.resume(run, hold, unfinished);
    const remaining = plan.filter(({ index }) => !known.has(index));
    const sent = await this.operations.issue(run, hold, remaining, true);
    if (run.stopping.aborted) return;

    const problem = (await this.problem(run, [...resumed, ...sent])) ?? undefined;
    const cause = reason?.message ?? 'the action did not help';
    if (problem === undefined) {
      const message = `rolled back: ${cause}`;
      await run.moveTo('rolled_back', { reason: { code: reason?.code ?? 'failed', message } });
    } else {
      const message = `${cause}; rolling back did not work either: ${problem}`;
      await run.moveTo('failed', { reason: { code: 'rollback-failed', message } });
    }
  }

  private async planFor({ view }: ActionRun): Promise<readonly PlannedOperation[]> {
    const { request, operations } = view;
    const specs = await this.manifests.find(
      request.targets.flatMap(({ observedDigest }) => observedDigest ?? []),
    );
    return planRollback({ request, operations, specs }).map((planned, index) => ({
      index,
      ...planned,
    }));
  }

  /** Why the roll-back did not work; undefined when it did. */
  private async problem(
    run: ActionRun,
    outcomes: Parameters<typeof conclude>[0],
  ): Promise<string | undefined> {
    const conclusion = conclude(outcomes, this.clock.now());
    if (conclusion.kind !== 'go-on') return conclusion.reason.message;
    const effects = run.view.operations
      .filter((one) => one.rollback)
      .flatMap((one) => {
        const effect = effectOf(one);
        return effect === undefined ? [] : [effect];
      });
    const verification = await this.verifying.verify(effects, run.stopping);
    return verification.kind === 'fault' || verification.kind === 'unverified'
      ? verification.message
      : undefined;
  }
}
