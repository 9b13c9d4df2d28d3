import { Controller } from '@nestjs/common';
import { ActionRequested } from '@vigil/contracts';
import { Handles, type MessageContext } from '@vigil/messaging';
import { Log, VigilError } from '@vigil/service';
import { ActionSupervisor } from '../drive/action-supervisor.js';
import { LookAhead } from '../hosts/look-ahead.js';
import { ActionLog } from '../log/action-log.js';
import { KnownWorld } from '../recovery/known-world.js';

/** More actions wait than are taken: the request stays in the queue. */
export class TooManyActions extends VigilError {
  readonly code = 'action.too_many';
  readonly disposition = 'retry';
}

/** An action is wanted: taken when it is in the log, driven in the background. */
@Controller()
export class OnActionRequested {
  constructor(
    private readonly world: KnownWorld,
    private readonly actions: ActionLog,
    private readonly supervisor: ActionSupervisor,
    private readonly looks: LookAhead,
    private readonly log: Log,
  ) {}

  @Handles(ActionRequested, {
    durable: 'remediator-requests',
    concurrency: 16,
    maxDeliver: 'unlimited',
    // a request is recorded within milliseconds: one that a dead process held is not left for long
    ackWaitMs: 1_000,
  })
  async handle(request: ActionRequested, { timestamp }: MessageContext): Promise<void> {
    if (!this.supervisor.hasRoom()) throw new TooManyActions('too many actions wait already');
    await this.world.require();
    if (this.supervisor.isFree) this.looks.begin(request);
    const opened = await this.actions.open(request, timestamp);
    if (opened === undefined) {
      this.log.debug('a repeated request was dropped', { actionId: request.actionId });
    }
    // also for a repetition: what was written before a lost acknowledgement is driven now
    this.supervisor.begin(request.actionId);
  }
}
