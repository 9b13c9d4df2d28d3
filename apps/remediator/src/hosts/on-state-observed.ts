import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { StateObserved } from '@vigil/contracts';
import {
  Subscriptions,
  type OrderedMessageContext,
  type OrderedSubscription,
} from '@vigil/messaging';
import { Clock } from '@vigil/service';
import { StreamClock } from '../clock/stream-clock.js';
import { ObservedHosts } from './observed-hosts.js';

/** Keeps {@link ObservedHosts} up to date from the stream STATE. */
@Injectable()
export class OnStateObserved implements OnModuleDestroy {
  private subscription: OrderedSubscription | undefined;

  constructor(
    private readonly subscriptions: Subscriptions,
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
    await this.subscription.caughtUp;
  }

  async onModuleDestroy(): Promise<void> {
    await this.subscription?.stop();
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
