import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { AlertResolved } from '@vigil/contracts';
import { Subscriptions, type OrderedSubscription } from '@vigil/messaging';
import { Clock } from '@vigil/service';
import { APPROVAL_EXPIRY_MS } from '../approvals/approval-window.js';
import { EndedAlerts } from './ended-alerts.js';

/** How far back ends are read at the start, milliseconds: no action waits longer for a person. */
const REACH_MS = 2 * APPROVAL_EXPIRY_MS;

/** Keeps {@link EndedAlerts} up to date from the stream EVENTS. */
@Injectable()
export class FollowAlerts implements OnModuleDestroy {
  private subscription: OrderedSubscription | undefined;

  constructor(
    private readonly subscriptions: Subscriptions,
    private readonly alerts: EndedAlerts,
    private readonly clock: Clock,
  ) {}

  /** Resolves when everything that was in the stream has been read. */
  async start(): Promise<void> {
    this.subscription ??= this.follow();
    await this.subscription.caughtUp;
  }

  async onModuleDestroy(): Promise<void> {
    await this.subscription?.stop();
  }

  private follow(): OrderedSubscription {
    const since = this.clock.now() - REACH_MS;
    this.alerts.begin(since);
    return this.subscriptions.subscribeOrdered(
      AlertResolved,
      {
        deliver: { sinceMs: since },
        onReset: () => {
          this.alerts.begin(this.clock.now());
        },
      },
      ({ id }) => {
        this.alerts.end(id);
      },
    );
  }
}
