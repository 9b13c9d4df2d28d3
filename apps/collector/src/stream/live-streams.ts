import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { AgentPresenceChanged, type StreamName, type StreamTopic } from '@vigil/contracts';
import { NatsConnection, Subscriptions } from '@vigil/messaging';
import { HttpProblem, Log } from '@vigil/service';
import { AgentFeed } from './agent-feed.js';
import type { EventChannel } from './event-channel.js';
import { followStream, lastSequence } from './follow-stream.js';
import { streamEventOf } from './stream-event.js';
import { formatPosition, type StreamPosition } from './stream-position.js';

/** Clients of one collector at the same time. */
const MAX_CLIENTS = 500;
const HEARTBEAT_MS = 15_000;

export interface StreamClient {
  readonly channel: EventChannel;
  readonly topics: ReadonlySet<StreamTopic>;
  /** Where to go on; undefined: with what is new. */
  readonly after: StreamPosition | undefined;
  /** False when the client may no longer read. Asked now and then. */
  readonly mayStay: () => Promise<boolean>;
}

const EVENT_TOPICS: readonly StreamTopic[] = [
  'drift',
  'alerts',
  'decisions',
  'manifests',
  'resources',
];

/** Feeds the clients of `GET /stream`, each at its own pace, from the streams that NATS keeps. */
@Injectable()
export class LiveStreams implements OnModuleDestroy {
  private readonly clients = new Set<EventChannel>();

  constructor(
    private readonly nats: NatsConnection,
    private readonly subscriptions: Subscriptions,
    private readonly log: Log,
  ) {}

  onModuleDestroy(): void {
    for (const client of this.clients) client.close();
  }

  /**
   * Serves a client until it goes.
   * @throws HttpProblem 429 when there are too many; NatsUnavailable before the first byte was sent
   */
  async serve(client: StreamClient): Promise<void> {
    if (this.clients.size >= MAX_CLIENTS) {
      const detail = `${MAX_CLIENTS} clients follow this collector already`;
      throw new HttpProblem(429, { detail, headers: { 'retry-after': '10' } });
    }
    const { channel } = client;
    // before the answer begins, so that nothing which happens after it is missed
    const start = client.after ?? (await this.newest());
    this.clients.add(channel);
    channel.open();
    const heartbeat = setInterval(() => void this.keepAlive(client), HEARTBEAT_MS);
    const agents = this.followAgents(client);
    try {
      await this.followStreams(client, { ...start });
    } finally {
      clearInterval(heartbeat);
      await agents?.stop();
      this.clients.delete(channel);
    }
  }

  private async newest(): Promise<StreamPosition> {
    const session = this.nats.require();
    return {
      events: await lastSequence(session, 'EVENTS'),
      actions: await lastSequence(session, 'ACTION_LOG'),
    };
  }

  private async followStreams(
    client: StreamClient,
    position: { events: number; actions: number },
  ): Promise<void> {
    const follow = (stream: StreamName, part: keyof StreamPosition) =>
      followStream(
        this.nats,
        stream,
        position[part],
        async (message) => {
          const event = streamEventOf(message.subject, message.data);
          position[part] = message.seq;
          if (event === undefined || !client.topics.has(event.topic)) return;
          await client.channel.event(event.type, event.data, formatPosition(position));
        },
        { signal: client.channel.closed, log: this.log },
      );
    const wantsEvents = EVENT_TOPICS.some((topic) => client.topics.has(topic));
    await Promise.all([
      wantsEvents ? follow('EVENTS', 'events') : undefined,
      client.topics.has('actions') ? follow('ACTION_LOG', 'actions') : undefined,
      untilAborted(client.channel.closed),
    ]);
  }

  /** Connections of agents are told as they happen; nobody keeps them for later. */
  private followAgents({ channel, topics }: StreamClient) {
    if (!topics.has('agents')) return undefined;
    const feed = new AgentFeed(channel);
    return this.subscriptions.hear(AgentPresenceChanged, {}, (presence) => {
      feed.tell(presence);
    });
  }

  private async keepAlive({ channel, mayStay }: StreamClient): Promise<void> {
    if (await mayStay()) await channel.heartbeat();
    else channel.close();
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
