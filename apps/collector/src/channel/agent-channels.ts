import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import {
  AgentCommands,
  AgentPresenceChanged,
  type AgentDownlink,
  type AgentUplink,
} from '@vigil/contracts';
import { Bus, Subscriptions, type Subscription } from '@vigil/messaging';
import { Clock, describeError, Log } from '@vigil/service';
import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { AgentChannel, CLOSE_CODES, type ChannelSocket } from './agent-channel.js';
import { ChannelDuties } from './channel-duties.js';

interface Held {
  readonly channel: AgentChannel;
  readonly commands: Subscription;
}

/**
 * The channels that this collector holds. Whoever has something for an agent asks by NATS for its
 * host; the collector that holds the channel answers. Each agent has one channel: the newest, at
 * whichever collector.
 */
@Injectable()
export class AgentChannels implements OnModuleInit, OnModuleDestroy {
  private readonly held = new Map<string, Held>();
  private presenceOfOthers: Subscription | undefined;

  constructor(
    private readonly bus: Bus,
    private readonly subscriptions: Subscriptions,
    private readonly duties: ChannelDuties,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    this.presenceOfOthers = this.subscriptions.hear(AgentPresenceChanged, {}, (presence) => {
      if (presence.status === 'connected') this.yieldTo(presence);
    });
    this.duties.onStop((control) => {
      for (const { channel } of this.held.values()) void channel.deliver(control);
    });
    this.duties.onRemoved((host) => this.held.get(host)?.channel.close('removed'));
  }

  async onModuleDestroy(): Promise<void> {
    await this.presenceOfOthers?.stop();
    await Promise.all([...this.held.values()].map(({ commands }) => commands.stop()));
  }

  /** Takes over the connection of an authenticated agent. */
  open(host: string, socket: ChannelSocket): void {
    const channel: AgentChannel = new AgentChannel(
      { host, id: randomUUID(), openedAt: this.clock.now() },
      socket,
      {
        onMessage: (message) => this.onMessage(host, message),
        onAlive: () => this.duties.seen(host),
        onClose: () => this.onClosed(channel),
      },
      this.log,
    );
    this.drop(host, 'replaced');
    const commands = this.subscriptions.answer(
      AgentCommands,
      async (message) => ({ delivered: await channel.deliver(message) }),
      { params: { host } },
    );
    this.held.set(host, { channel, commands });
    this.duties.connected(host);
    this.announce(channel, 'connected');
    const control = this.duties.control();
    if (control !== undefined) void channel.deliver(control);
    this.log.info('an agent has connected', { host });
  }

  /** True when this collector holds the channel of the host. */
  holds(host: string): boolean {
    return this.held.has(host);
  }

  /** Sends to an agent of this collector, without NATS. */
  async deliver(host: string, message: z.input<typeof AgentDownlink>): Promise<boolean> {
    return (await this.held.get(host)?.channel.deliver(message)) ?? false;
  }

  private async onMessage(host: string, message: AgentUplink): Promise<void> {
    try {
      await this.duties.report(host, message);
    } catch (error) {
      // a result is asked for again by whoever misses it
      this.log.warn('what an agent said could not be passed on', {
        host,
        type: message.type,
        reason: describeError(error),
      });
    }
  }

  /** Another collector holds a newer channel of the host. */
  private yieldTo(other: AgentPresenceChanged): void {
    const mine = this.held.get(other.host)?.channel;
    if (mine === undefined || mine.id === other.channelId) return;
    const isNewer =
      other.openedAt > mine.openedAt ||
      (other.openedAt === mine.openedAt && other.channelId > mine.id);
    if (isNewer) {
      this.drop(other.host, 'replaced');
      this.duties.handedOver(other.host);
    }
  }

  private drop(host: string, reason: keyof typeof CLOSE_CODES): void {
    const held = this.held.get(host);
    if (held === undefined) return;
    this.held.delete(host);
    void held.commands.stop();
    held.channel.close(reason);
  }

  private onClosed(channel: AgentChannel): void {
    const held = this.held.get(channel.host);
    // replaced: the newer channel goes on
    if (held?.channel !== channel) return;
    this.held.delete(channel.host);
    void held.commands.stop();
    this.duties.disconnected(channel.host);
    this.announce(channel, 'disconnected');
    this.log.info('an agent has disconnected', { host: channel.host });
  }

  private announce(channel: AgentChannel, status: AgentPresenceChanged['status']): void {
    const { host, id: channelId, openedAt } = channel;
    const presence = { host, status, channelId, openedAt, at: this.clock.now() };
    this.bus
      .signal(AgentPresenceChanged, presence, { params: { host } })
      // without NATS nobody listens, and no command comes either
      .catch(() => undefined);
  }
}
