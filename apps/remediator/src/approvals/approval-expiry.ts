import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Clock, Log } from '@vigil/service';
import { REMEDIATOR_ACTOR } from '../action/action-kind.js';
import { ActionLog, ActionTakenOver } from '../log/action-log.js';
import { ActionRegistry } from '../log/action-registry.js';
import type { LoggedAction } from '../log/entry-content.js';

/** Ends actions whose approval nobody has given in time, also those asked for before a restart. */
@Injectable()
export class ApprovalExpiry implements OnModuleDestroy {
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private readonly stopping = new AbortController();
  private readonly unsubscribe: () => void;

  constructor(
    private readonly actions: ActionLog,
    private readonly registry: ActionRegistry,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    this.unsubscribe = registry.onChange((action) => {
      this.watch(action);
    });
  }

  onModuleDestroy(): void {
    this.stopping.abort();
    this.unsubscribe();
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }

  private watch({ view }: LoggedAction): void {
    const { actionId } = view.request;
    clearTimeout(this.timers.get(actionId));
    this.timers.delete(actionId);
    if (view.state !== 'pending_approval') return;
    const timer = setTimeout(
      () => {
        this.timers.delete(actionId);
        this.expire(actionId).catch((error: unknown) => {
          this.log.error('an approval did not expire', error, { actionId });
        });
      },
      Math.max(0, (view.expiresAt ?? 0) - this.clock.now()),
    );
    this.timers.set(actionId, timer);
  }

  private async expire(actionId: string): Promise<void> {
    const action = this.registry.get(actionId);
    if (action?.view.state !== 'pending_approval') return;
    const reason = { code: 'approval-expired', message: 'nobody approved it in time' };
    try {
      await this.actions.append(
        action,
        { kind: 'transition', from: 'pending_approval', to: 'expired', reason },
        REMEDIATOR_ACTOR,
        this.stopping.signal,
      );
    } catch (error) {
      // somebody has decided at the last moment, or another remediator was faster
      if (!(error instanceof ActionTakenOver) && !this.stopping.signal.aborted) throw error;
    }
  }
}
