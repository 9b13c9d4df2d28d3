import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { StateObserved } from '@vigil/contracts';
import { Subscriptions, type OrderedSubscription } from '@vigil/messaging';
import { Clock } from '@vigil/service';
import { ObservedHosts } from './observed-hosts.js';

/** Keeps {@link ObservedHosts} up to date from the stream STATE. */
@Injectable()
export class OnStateObserved implements OnModuleDestroy {
  private subscription: OrderedSubscription | undefined;
  private live = false;

  constructor(
    private readonly subscriptions: Subscriptions,
    private readonly hosts: ObservedHosts,
    private readonly clock: Clock,
  ) {}

  /** Resolves when the state of every known host has been read. */
  async start(): Promise<void> {
    this.subscription ??= this.subscriptions.subscribeOrdered(
      StateObserved,
      {
        deliver: 'last-per-subject',
        onReset: () => {
          this.live = false;
        },
        onCaughtUp: () => {
          this.live = true;
        },
      },
      (state) => {
        this.hosts.record(state.host, state, this.seenAt(state));
      },
    );
    await this.subscription.caughtUp;
  }

  async onModuleDestroy(): Promise<void> {
    await this.subscription?.stop();
  }

  /** What is read at the start was received earlier, by the clock of the collector. */
  private seenAt({ receivedAt }: StateObserved): number {
    const now = this.clock.now();
    return this.live ? now : Math.min(now, receivedAt);
  }
}
