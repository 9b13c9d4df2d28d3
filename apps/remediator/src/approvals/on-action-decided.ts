import { Controller } from '@nestjs/common';
import { ActionDecided } from '@vigil/contracts';
import { Handles } from '@vigil/messaging';
import { KnownWorld } from '../recovery/known-world.js';
import { TakeDecision } from './take-decision.js';

/** Decisions that are handled at the same time: one may wait for the end of its action. */
const CONCURRENT_DECISIONS = 64;

/**
 * A person has decided about an action. A cancellation is acknowledged when its action has ended, and
 * comes again until then: if this process dies before that, the next one is told.
 */
@Controller()
export class OnActionDecided {
  constructor(
    private readonly world: KnownWorld,
    private readonly decision: TakeDecision,
  ) {}

  @Handles(ActionDecided, { durable: 'remediator-decisions', concurrency: CONCURRENT_DECISIONS })
  async handle(decided: ActionDecided): Promise<void> {
    await this.world.require();
    await this.decision.take(decided);
  }
}
