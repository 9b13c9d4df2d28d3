import { Injectable } from '@nestjs/common';
import {
  ACTION_LOCK_RENEWAL_MS,
  ACTION_LOCK_TTL_MS,
  actionLockKey,
  ActionLocksBucket,
  type ActionLock,
  type ActionRequest,
} from '@vigil/contracts';
import { acquireLock, Buckets, type HeldLock } from '@vigil/messaging';
import { Log } from '@vigil/service';
import { ActionRegistry } from '../log/action-registry.js';
import { RemediatorIdentity } from './remediator-identity.js';

export type Acquisition =
  | { readonly kind: 'acquired'; readonly lock: HeldLock }
  | { readonly kind: 'busy'; readonly heldBy: string };

/** The locks of resources: one action at a time on each, over all remediators. */
@Injectable()
export class ResourceLocks {
  constructor(
    private readonly buckets: Buckets,
    private readonly registry: ActionRegistry,
    private readonly identity: RemediatorIdentity,
    private readonly log: Log,
  ) {}

  /**
   * Takes the lock for an action, or takes it back after a crash. Does not wait.
   * @throws NatsUnavailable, PublishTimeout
   */
  async acquire({
    actionId,
    resource,
  }: Pick<ActionRequest, 'actionId' | 'resource'>): Promise<Acquisition> {
    const { holder } = this.identity;
    const outcome = await acquireLock(
      this.buckets.open(ActionLocksBucket).keys('lock'),
      actionLockKey(resource),
      { actionId, resource, holder, acquiredAt: Date.now() },
      {
        ttlMs: ACTION_LOCK_TTL_MS,
        renewalMs: ACTION_LOCK_RENEWAL_MS,
        isMine: (present) => present.holder === holder && this.isLeftOver(present, actionId),
        log: this.log,
      },
    );
    if (outcome.outcome === 'held') return { kind: 'busy', heldBy: outcome.by.actionId };
    return { kind: 'acquired', lock: outcome.lock };
  }

  /** Written by this action, or by one that ended without having released it. */
  private isLeftOver(present: ActionLock, actionId: string): boolean {
    return present.actionId === actionId || this.registry.get(present.actionId) === undefined;
  }
}
