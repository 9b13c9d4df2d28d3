import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { ActionLogged } from '@vigil/contracts';
import { Subscriptions, type OrderedSubscription } from '@vigil/messaging';
import { Clock } from '@vigil/service';
import { StreamClock } from '../clock/stream-clock.js';
import { HISTORY_MS } from '../history/history-needed.js';
import { ActionRegistry } from '../log/action-registry.js';

/** Keeps the registry of actions up to date from the stream ACTION_LOG, from four hours ago on. */
@Injectable()
export class FollowActionLog implements OnModuleDestroy {
  private subscription: OrderedSubscription | undefined;

  constructor(
    private readonly subscriptions: Subscriptions,
    private readonly registry: ActionRegistry,
    private readonly clock: Clock,
    private readonly streamClock: StreamClock,
  ) {}

  /** Resolves when everything that was in the stream has been read. */
  async start(): Promise<void> {
    this.subscription ??= this.subscriptions.subscribeOrdered(
      ActionLogged,
      {
        deliver: { sinceMs: this.clock.now() - HISTORY_MS },
        onReset: (reason) => {
          if (reason === 'stream-lost') this.registry.clear();
          this.noteBeginning();
        },
      },
      (entry, context) => {
        this.streamClock.heard(context);
        this.registry.apply(entry, context.sequence);
      },
    );
    await this.subscription.caughtUp;
    this.noteBeginning();
  }

  /** A stream that is younger than what has to be known of the past was lost, or is new. */
  private noteBeginning(): void {
    const began = this.subscription?.wholeSince;
    if (began !== undefined) this.registry.history.beginsAt(began);
  }

  async onModuleDestroy(): Promise<void> {
    await this.subscription?.stop();
  }
}
