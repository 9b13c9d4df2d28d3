import { Injectable } from '@nestjs/common';
import type { ActionReason, Plan } from '@vigil/contracts';
import { Clock } from '@vigil/service';
import { APPROVAL_EXPIRY_MS } from '../approvals/approval-window.js';
import { StillWanted } from '../desired/still-wanted.js';
import { FactFinder, type Facts } from '../gates/fact-finder.js';
import type { LeftOut, LockOutcome } from '../gates/gate.js';
import { GATES, passGates } from '../gates/gates.js';
import type { ActionHold } from '../locks/action-hold.js';
import { refusalOf, type PlanOutcome } from '../plan/plan-action.js';
import type { ActionRun } from './action-run.js';
import { deferredCauses } from './deferred-causes.js';
import { stalenessOf } from './staleness.js';

/** How long an action waits for another one of its resource, milliseconds. */
const LOCK_WAIT_MS = 60_000;

/** Takes an action through the gates, up to the moment at which it may act. */
@Injectable()
export class Admission {
  constructor(
    private readonly finder: FactFinder,
    private readonly wanted: StillWanted,
    private readonly clock: Clock,
  ) {}

  /** True when the action is running now; else it has ended, or waits for an approval. */
  async admit(run: ActionRun, hold: ActionHold): Promise<boolean> {
    const refusal = refusalOf(run.view.request) ?? (await this.staleness(run));
    if (refusal !== undefined) return this.suppress(run, refusal);

    const lock = () => this.takeLock(run, hold);
    const facts = await this.finder.begin(run.view, lock, run.interrupted);
    const verdict = await passGates(GATES, facts.source, (narrowed) => {
      facts.narrow(narrowed);
    });
    if (run.cancellation !== undefined) return this.cancelled(run);
    switch (verdict.kind) {
      case 'stop':
        return this.suppress(run, verdict.reason, await planToShow(facts, verdict.reason));
      case 'approval':
        return this.askForApproval(run, await facts.expectedPlan());
      case 'pass':
        return this.start(run, hold, await facts.exactPlan(), facts.leftOut);
    }
  }

  /**
   * What a person approved holds for as long as its plan does, which is compared in the end; but only
   * while the same is wanted.
   */
  private async staleness({ view, interrupted }: ActionRun): Promise<ActionReason | undefined> {
    const { request, queuedAt, approvedPlanHash } = view;
    const tooOld =
      approvedPlanHash === undefined ? stalenessOf(request, queuedAt, this.clock.now()) : undefined;
    return tooOld ?? this.wanted.changeSince(request, interrupted);
  }

  /** At the same time, because repairs are in a hurry: the lock has an effect on nobody's host. */
  private async takeLock(run: ActionRun, hold: ActionHold): Promise<LockOutcome> {
    const [outcome] = await Promise.all([
      hold.take(LOCK_WAIT_MS, run.interrupted),
      run.moveTo('queued'),
    ]);
    return outcome;
  }

  private async suppress(run: ActionRun, reason: ActionReason, plan?: Plan): Promise<false> {
    // what a cancellation cuts short is not known
    if (run.cancellation !== undefined) return this.cancelled(run);
    await run.moveTo('suppressed', plan === undefined ? { reason } : { reason, plan });
    return false;
  }

  private async cancelled(run: ActionRun): Promise<false> {
    const { actor, reason } = run.cancellation ?? { actor: 'unknown', reason: '' };
    await run.moveTo('cancelled', { reason: { code: 'cancelled', message: reason } }, actor);
    return false;
  }

  /** Holds no lock and no place while it waits. */
  private async askForApproval(run: ActionRun, outcome: PlanOutcome): Promise<false> {
    if (outcome.kind === 'refused') return this.suppress(run, outcome);
    await run.moveTo('pending_approval', {
      plan: outcome.plan,
      expiresAt: this.clock.now() + APPROVAL_EXPIRY_MS,
      reason: {
        code: 'needs-approval',
        gate: 'mode',
        message: 'mode is approve: a person has to approve this plan',
      },
    });
    return false;
  }

  private async start(
    run: ActionRun,
    hold: ActionHold,
    outcome: PlanOutcome,
    leftOut: readonly LeftOut[],
  ): Promise<boolean> {
    if (outcome.kind === 'refused') return this.suppress(run, outcome);
    const { plan } = outcome;
    const { approvedPlanHash, request } = run.view;
    if (approvedPlanHash !== undefined && approvedPlanHash !== plan.hash) {
      return this.suppress(run, {
        code: 'plan-changed',
        message: 'what there is to do is not what was approved any more',
        nextAttemptAt: this.clock.now(),
      });
    }
    // the lock may have been waited for, and what was found out for it
    const stale = await this.staleness(run);
    if (stale !== undefined) return this.suppress(run, stale);
    // a notice passes no lock and so has not been queued
    await run.moveTo('queued');
    const token = request.action === 'notify' ? {} : { fencingToken: hold.requireToken() };
    await run.moveTo('running', { plan, ...token, ...deferredCauses(request, leftOut) });
    return true;
  }
}

/** In mode observe and in a dry-run the plan is the point; elsewhere nothing came of one. */
async function planToShow(facts: Facts, reason: ActionReason): Promise<Plan | undefined> {
  if (reason.gate !== 'mode') return undefined;
  const outcome = await facts.expectedPlan();
  return outcome.kind === 'planned' ? outcome.plan : undefined;
}
