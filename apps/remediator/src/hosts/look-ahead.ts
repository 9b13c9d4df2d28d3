import { Injectable } from '@nestjs/common';
import type { ActionRequest } from '@vigil/contracts';
import { Switches } from '../desired/switches.js';
import { strictestMode } from '../gates/mode.js';
import { LiveObservation } from './live-observation.js';

/**
 * Asks the agents what they see as soon as an action is wanted, while its request is written down and
 * its lock is taken: that is only a look, and the longest of the three.
 */
@Injectable()
export class LookAhead {
  constructor(
    private readonly switches: Switches,
    private readonly hosts: LiveObservation,
  ) {}

  /** Only for what is about to be done: no agent is disturbed for a plan. */
  begin(request: ActionRequest): void {
    const { action, operator, mode, targets } = request;
    if (action === 'notify' || operator?.dryRun === true) return;
    const allowed = strictestMode(this.switches.systemMode, mode) === 'auto';
    if (operator === undefined && !allowed) return;
    this.hosts.lookAhead(
      request,
      targets.map(({ host }) => host),
    );
  }
}
