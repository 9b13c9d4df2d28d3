import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { FleetBucket, fleetKey, StateObserved } from '@vigil/contracts';
import {
  Buckets,
  Subscriptions,
  type OrderedMessageContext,
  type OrderedSubscription,
} from '@vigil/messaging';
import { Clock } from '@vigil/service';
import { StreamClock } from '../clock/stream-clock.js';
import { ObservedHosts } from './observed-hosts.js';

/** Keeps {@link ObservedHosts} up to date from the stream STATE, and from what left the fleet. */
@Injectable()
export class OnStateObserved implements OnModuleDestroy {
  private subscription: OrderedSubscription | undefined;
  private removals: OrderedSubscription | undefined;

  constructor(
    private readonly subscriptions: Subscriptions,
    private readonly buckets: Buckets,
    private readonly hosts: ObservedHosts,
    private readonly clock: Clock,
    private readonly streamClock: StreamClock,
  ) {}

  /** Resolves when the state of every known host has been read. */
  async start(): Promise<void> {
    this.subscription ??= this.subscriptions.subscribeOrdered(
      StateObserved,
      { deliver: 'last-per-subject' },
      (state, context) => {
        this.hosts.record(state.host, state, this.seenAt(context));
      },
    );
    this.removals ??= this.followRemovals();
    await Promise.all([this.subscription.caughtUp, this.removals.caughtUp]);
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all([this.subscription?.stop(), this.removals?.stop()]);
  }

  private followRemovals(): OrderedSubscription {
    const { hosts } = this;
    return this.buckets.open(FleetBucket).watch({
      prefix: 'removed',
      onChange: (change) => {
        if (change.kind === 'put') {
          hosts.remove(change.value.host);
          return;
        }
        const host = hosts.removedHosts().find((each) => fleetKey.removed(each) === change.key);
        if (host !== undefined) hosts.welcome(host);
      },
      onReset: () => {
        // a host may be enrolled again meanwhile; of one that is not the collector tells again
        for (const host of hosts.removedHosts()) hosts.welcome(host);
      },
    });
  }

  /**
   * What lay in the stream while nobody read it, before the start or while this process alone had lost
   * NATS, proves no life now: it is as old as the stream says.
   */
  private seenAt(context: OrderedMessageContext): number {
    this.streamClock.heard(context);
    return this.clock.now() - this.streamClock.ageOf(context.timestamp);
  }
}
