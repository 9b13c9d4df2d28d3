import { Injectable } from '@nestjs/common';
import { Clock } from '@vigil/service';
import type { IssuedOperation } from '../action/action-view.js';
import type { ActionRun } from '../drive/action-run.js';
import { ObservedHosts } from '../hosts/observed-hosts.js';
import type { ActionHold } from '../locks/action-hold.js';
import { nextRollBackBatch, type PlannedOperation } from '../plan/next-batch.js';
import { effectOf } from '../verify/effect.js';
import { VerifyEffects } from '../verify/verify-effects.js';
import { conclude } from './conclude.js';
import { IssueOperations, type OperationOutcome } from './issue-operations.js';

/** How a roll-back ended. */
export type RollBackEnd =
  | { readonly kind: 'achieved' }
  | { readonly kind: 'failed'; readonly message: string }
  /** This process gives the action up; another one will go on with it. */
  | { readonly kind: 'abandoned' };

/**
 * Carries out a roll-back, batch by batch, each verified before the next: what is taken back must
 * not take more away than the change did. Goes on from wherever the action's log ends.
 */
@Injectable()
export class RollBackBatches {
  constructor(
    private readonly operations: IssueOperations,
    private readonly verifying: VerifyEffects,
    private readonly hosts: ObservedHosts,
    private readonly clock: Clock,
  ) {}

  async carryOut(
    run: ActionRun,
    hold: ActionHold,
    plan: readonly PlannedOperation[],
  ): Promise<RollBackEnd> {
    const interrupted = issuedBy(run).filter(({ finished }) => finished === undefined);
    const recorded = recordedBy(run);
    let outcomes = [...recorded, ...(await this.operations.resume(run, hold, interrupted))];
    let batch = issuedBy(run);
    for (;;) {
      const end = await this.verify(run, outcomes, batch);
      if (end !== undefined) return end;

      const issued = new Set(issuedBy(run).map(({ index }) => index));
      const remaining = plan.filter(({ index }) => !issued.has(index));
      if (remaining.length === 0) return { kind: 'achieved' };

      const next = this.nextBatch(run, remaining);
      outcomes = [...(await this.operations.issue(run, hold, next, true))];
      const indexes = new Set(next.map(({ index }) => index));
      batch = issuedBy(run).filter(({ index }) => indexes.has(index));
    }
  }

  /** Waits until a batch has proved to be good; undefined when it has. */
  private async verify(
    run: ActionRun,
    outcomes: readonly OperationOutcome[],
    batch: readonly IssuedOperation[],
  ): Promise<RollBackEnd | undefined> {
    if (run.stopping.aborted) return { kind: 'abandoned' };
    const conclusion = conclude(outcomes, this.clock.now());
    if (conclusion.kind !== 'go-on') return { kind: 'failed', message: conclusion.reason.message };
    const effects = batch.flatMap((one) => effectOf(one) ?? []);
    const verification = await this.verifying.verify(effects, run.stopping);
    switch (verification.kind) {
      case 'verified':
        return undefined;
      case 'fault':
      case 'unverified':
        return { kind: 'failed', message: verification.message };
      case 'aborted':
        return { kind: 'abandoned' };
    }
  }

  private nextBatch(
    { view }: ActionRun,
    remaining: readonly PlannedOperation[],
  ): readonly PlannedOperation[] {
    const hosts = remaining.map(({ host }) => host);
    const facts = this.hosts.factsOf(view.request.resource, hosts);
    return nextRollBackBatch(remaining, facts, view.plan?.maxUnavailable ?? 1);
  }
}

function issuedBy({ view }: ActionRun): readonly IssuedOperation[] {
  return view.operations.filter(({ rollback }) => rollback);
}

/** Results that were recorded before a crash count as well. */
function recordedBy(run: ActionRun): readonly OperationOutcome[] {
  return issuedBy(run).flatMap((operation) =>
    operation.finished === undefined
      ? []
      : [{ operation, outcome: { kind: 'answered', result: operation.finished.result } as const }],
  );
}
