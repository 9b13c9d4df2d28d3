import { Injectable } from '@nestjs/common';
import type { ActionReason } from '@vigil/contracts';
import { Clock } from '@vigil/service';
import { Switches } from '../desired/switches.js';
import type { ActionRun } from '../drive/action-run.js';
import { stoppedGate } from '../gates/stopped.js';

export type GuardVerdict =
  { readonly kind: 'cancelled' } | { readonly kind: 'short'; readonly reason: ActionReason };

/** What may stop an action between two of its operations. */
@Injectable()
export class Guard {
  constructor(
    private readonly switches: Switches,
    private readonly clock: Clock,
  ) {}

  reasonToStop(run: ActionRun): GuardVerdict | undefined {
    if (run.cancellation !== undefined) return { kind: 'cancelled' };
    const { request } = run.view;
    const verdict = stoppedGate.check({
      request,
      controls: this.switches.of(request),
      now: this.clock.now(),
    });
    return verdict.kind === 'stop' ? { kind: 'short', reason: verdict.reason } : undefined;
  }
}
