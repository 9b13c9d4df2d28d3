import { Injectable } from '@nestjs/common';
import type { ActionReason } from '@vigil/contracts';
import { Clock } from '@vigil/service';
import type { IssuedOperation } from '../action/action-view.js';
import type { ActionRun } from '../drive/action-run.js';
import { ObservedHosts } from '../hosts/observed-hosts.js';
import type { ActionHold } from '../locks/action-hold.js';
import { nextBatch, type PlannedOperation } from '../plan/next-batch.js';
import { effectOf, type Effect } from '../verify/effect.js';
import { VerifyEffects, type Verification } from '../verify/verify-effects.js';
import { conclude, type Conclusion } from './conclude.js';
import { Guard } from './guard.js';
import { IssueOperations, type OperationOutcome } from './issue-operations.js';

/** How the plan of an action ended. */
export type PlanEnd =
  | { readonly kind: 'achieved' }
  /** To be taken back. */
  | { readonly kind: 'failed'; readonly reason: ActionReason }
  /** Ended early, without a reason to take anything back. */
  | { readonly kind: 'short'; readonly reason: ActionReason }
  | { readonly kind: 'cancelled' }
  /** This process gives the action up; another one will go on with it. */
  | { readonly kind: 'abandoned' };

/**
 * Carries out the plan of an action, batch by batch, each verified before the next. Everything it
 * needs to know is in the action's log, so that it can be called again at any point.
 */
@Injectable()
export class CarryOutPlan {
  constructor(
    private readonly operations: IssueOperations,
    private readonly verifying: VerifyEffects,
    private readonly hosts: ObservedHosts,
    private readonly guard: Guard,
    private readonly clock: Clock,
  ) {}

  async carryOut(run: ActionRun, hold: ActionHold): Promise<PlanEnd> {
    const interrupted = issuedBy(run).filter(({ finished }) => finished === undefined);
    let conclusion = this.conclude(await this.operations.resume(run, hold, interrupted), run);
    let batch = issuedBy(run);
    for (;;) {
      const problem = await this.verify(run, batch);
      if (problem !== undefined) return problem;
      if (conclusion.kind !== 'go-on') return conclusion;

      const remaining = remainingOf(run);
      if (remaining.length === 0) return { kind: 'achieved' };
      await run.moveTo('running');
      const stop = this.guard.reasonToStop(run);
      if (stop !== undefined) return stop;

      const next = this.nextBatch(run, remaining);
      const outcomes = await this.operations.issue(run, hold, next, false);
      if (run.stopping.aborted) return { kind: 'abandoned' };
      conclusion = conclude(outcomes, this.clock.now());
      const indexes = new Set(next.map(({ index }) => index));
      batch = issuedBy(run).filter(({ index }) => indexes.has(index));
    }
  }

  private conclude(outcomes: readonly OperationOutcome[], run: ActionRun): Conclusion {
    // results that were recorded before a crash count as well
    const recorded = issuedBy(run).flatMap((operation) =>
      operation.finished === undefined
        ? []
        : [
            {
              operation,
              outcome: { kind: 'answered', result: operation.finished.result } as const,
            },
          ],
    );
    return conclude([...recorded, ...outcomes], this.clock.now());
  }

  /** Waits until what was done has proved to be good; undefined when it has. */
  private async verify(
    run: ActionRun,
    batch: readonly IssuedOperation[],
  ): Promise<PlanEnd | undefined> {
    if (run.stopping.aborted) return { kind: 'abandoned' };
    const effects = batch.flatMap((one): Effect[] => {
      const effect = effectOf(one);
      return effect === undefined ? [] : [effect];
    });
    if (effects.length === 0) return undefined;
    await run.moveTo('verifying');
    return this.endFor(run, await this.verifying.verify(effects, run.interrupted));
  }

  private endFor(run: ActionRun, verification: Verification): PlanEnd | undefined {
    const { kind } = verification;
    switch (kind) {
      case 'verified':
        return undefined;
      case 'fault':
        return { kind: 'failed', reason: { code: 'not-effective', message: verification.message } };
      case 'unverified':
        return { kind: 'short', reason: { code: 'unverified', message: verification.message } };
      case 'aborted':
        return run.stopping.aborted ? { kind: 'abandoned' } : { kind: 'cancelled' };
    }
  }

  private nextBatch(
    { view }: ActionRun,
    remaining: readonly PlannedOperation[],
  ): readonly PlannedOperation[] {
    const hosts = remaining.map(({ host }) => host);
    const facts = this.hosts.factsOf(view.request.resource, hosts);
    return nextBatch(remaining, facts, view.plan?.maxUnavailable ?? 1);
  }
}

function issuedBy({ view }: ActionRun): readonly IssuedOperation[] {
  return view.operations.filter(({ rollback }) => !rollback);
}

function remainingOf(run: ActionRun): readonly PlannedOperation[] {
  const issued = new Set(issuedBy(run).map(({ index }) => index));
  const planned = run.view.plan?.operations ?? [];
  return planned.map((one, index) => ({ index, ...one })).filter(({ index }) => !issued.has(index));
}
