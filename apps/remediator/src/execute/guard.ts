import { Injectable } from '@nestjs/common';
import type { ActionReason } from '@vigil/contracts';
import { Clock } from '@vigil/service';
import type { ActionView } from '../action/action-view.js';
import { StillWanted } from '../desired/still-wanted.js';
import { Switches } from '../desired/switches.js';
import type { ActionRun } from '../drive/action-run.js';
import { stalenessOf } from '../drive/staleness.js';
import type { Verdict } from '../gates/gate.js';
import { modeGate } from '../gates/mode.js';
import { stoppedGate } from '../gates/stopped.js';

/** The code of what a person has ended. */
export const CANCELLED = 'cancelled';

export type GuardVerdict =
  { readonly kind: 'cancelled' } | { readonly kind: 'short'; readonly reason: ActionReason };

/** What may stop an action between two of its operations. */
@Injectable()
export class Guard {
  constructor(
    private readonly switches: Switches,
    private readonly wanted: StillWanted,
    private readonly clock: Clock,
  ) {}

  /**
   * Before a batch. What was allowed when the action began may not be allowed any more.
   * @param since when an interrupted action was last known to go on, Unix ms; absent for one that goes on
   */
  reasonToStop(run: ActionRun, since?: number): GuardVerdict | undefined {
    if (run.cancellation !== undefined) return { kind: 'cancelled' };
    const reason = this.objection(run.view, since);
    return reason === undefined ? undefined : { kind: 'short', reason };
  }

  /**
   * Before an operation is sent again of which its agent knows nothing.
   * @param since when its action was last known to go on, Unix ms
   */
  reasonNotToResend({ view, cancellation }: ActionRun, since: number): ActionReason | undefined {
    if (cancellation !== undefined) return { code: CANCELLED, message: cancellation.reason };
    return this.objection(view, since);
  }

  private objection(view: ActionView, since: number | undefined): ActionReason | undefined {
    const { request, approvedPlanHash } = view;
    const now = this.clock.now();
    const approved = approvedPlanHash !== undefined;
    const { systemMode } = this.switches;
    return (
      reasonOf(stoppedGate.check({ request, controls: this.switches.of(request), now })) ??
      reasonOf(modeGate.check({ request, systemMode, approved })) ??
      this.wanted.certainChangeSince(request) ??
      (approved || since === undefined ? undefined : stalenessOf(request, since, now))
    );
  }
}

function reasonOf(verdict: Verdict): ActionReason | undefined {
  switch (verdict.kind) {
    case 'stop':
      return verdict.reason;
    case 'approval':
      return { code: 'needs-approval', message: 'mode is approve: nobody has approved this plan' };
    case 'pass':
    case 'narrow':
      return undefined;
  }
}
