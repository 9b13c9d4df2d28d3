import { Injectable } from '@nestjs/common';
import type { ActionReason, Plan } from '@vigil/contracts';
import { Clock } from '@vigil/service';
import type { IssuedOperation } from '../action/action-view.js';
import type { ActionRun } from '../drive/action-run.js';
import { ObservedHosts } from '../hosts/observed-hosts.js';
import type { ActionHold } from '../locks/action-hold.js';
import { nextBatch, type PlannedOperation } from '../plan/next-batch.js';
import { effectOf, type Effect } from '../verify/effect.js';
import { VerifyEffects, type Verification } from '../verify/verify-effects.js';
import { conclude, type Conclusion } from './conclude.js';
import { IssueOperations, type OperationOutcome } from './issue-operations.js';

/** How the operations of a plan ended. */
export type PlanEnd =
  | { readonly kind: 'achieved' }
  /** To be taken back. */
  | { readonly kind: 'failed'; readonly reason: ActionReason }
  /** Ended early, without a reason to take anything back. */
  | { readonly kind: 'short'; readonly reason: ActionReason }
  | { readonly kind: 'cancelled' }
  /** This process gives the action up; another one will go on with it. */
  | { readonly kind: 'abandoned' };

/** What distinguishes doing from taking back. */
export interface Phase {
  readonly rollback: boolean;
  readonly plan: Plan | undefined;
  /** Before a batch is sent: the reason not to, if there is one. */
  readonly beforeBatch: () => Promise<PlanEnd | undefined>;
  readonly beforeVerification: () => Promise<void>;
  /** Ends waiting for a proof. */
  readonly signal: AbortSignal;
}

/**
 * Carries out operations batch by batch, each verified before the next. Everything it needs to know
 * is in the action's log, so that it can be called again at any point.
 */
@Injectable()
export class RunBatches {
  constructor(
    private readonly operations: IssueOperations,
    private readonly verifying: VerifyEffects,
    private readonly hosts: ObservedHosts,
    private readonly clock: Clock,
  ) {}

  async run(run: ActionRun, hold: ActionHold, phase: Phase): Promise<PlanEnd> {
    const { rollback } = phase;
    const interrupted = issuedIn(run, phase).filter(({ finished }) => finished === undefined);
    let outcomes = await this.operations.resume(run, hold, interrupted);
    // what was proved before an interruption is not judged by what happened to it since
    let batch = issuedIn(run, phase).filter(({ verified }) => verified !== true);
    for (;;) {
      if (run.stopping.aborted) return { kind: 'abandoned' };
      const problem = await this.verify(run, phase, batch);
      if (problem !== undefined) return problem;
      const conclusion = this.concludeBatch(batch, outcomes);
      if (conclusion.kind !== 'go-on') return conclusion;

      const remaining = remainingIn(run, phase);
      if (remaining.length === 0) return { kind: 'achieved' };
      const stop = await phase.beforeBatch();
      if (stop !== undefined) return stop;

      const next = this.nextBatch(run, phase, remaining);
      outcomes = await this.operations.issue(run, hold, next, rollback);
      const indexes = new Set(next.map(({ index }) => index));
      batch = issuedIn(run, phase).filter(({ index }) => indexes.has(index));
    }
  }

  /** Results are taken from the log: those that were recorded before a crash count as well. */
  private concludeBatch(
    batch: readonly IssuedOperation[],
    outcomes: readonly OperationOutcome[],
  ): Conclusion {
    const recorded = batch.flatMap((operation): OperationOutcome[] => {
      const result = operation.finished?.result;
      return result === undefined ? [] : [{ operation, outcome: { kind: 'answered', result } }];
    });
    const unanswered = outcomes.filter(({ outcome }) => outcome.kind !== 'answered');
    return conclude([...recorded, ...unanswered], this.clock.now());
  }

  /** Waits until what was done has proved to be good; undefined when it has. */
  private async verify(
    run: ActionRun,
    phase: Phase,
    batch: readonly IssuedOperation[],
  ): Promise<PlanEnd | undefined> {
    const effects = batch.flatMap((one): Effect[] => {
      const effect = effectOf(one);
      return effect === undefined ? [] : [effect];
    });
    if (effects.length === 0) return undefined;
    await phase.beforeVerification();
    return endFor(run, await this.verifying.verify(effects, phase.signal));
  }

  private nextBatch(
    { view }: ActionRun,
    phase: Phase,
    remaining: readonly PlannedOperation[],
  ): readonly PlannedOperation[] {
    const hosts = remaining.map(({ host }) => host);
    const facts = this.hosts.factsOf(view.request.resource, hosts);
    const maxUnavailable = phase.plan?.maxUnavailable ?? 1;
    return nextBatch(remaining, facts, { maxUnavailable, removes: !phase.rollback });
  }
}

function endFor(run: ActionRun, verification: Verification): PlanEnd | undefined {
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

function issuedIn({ view }: ActionRun, phase: Phase): readonly IssuedOperation[] {
  return view.operations.filter(({ rollback }) => rollback === phase.rollback);
}

function remainingIn(run: ActionRun, phase: Phase): readonly PlannedOperation[] {
  const issued = new Set(issuedIn(run, phase).map(({ index }) => index));
  return (phase.plan?.operations ?? [])
    .map((one, index) => ({ index, ...one }))
    .filter(({ index }) => !issued.has(index));
}
