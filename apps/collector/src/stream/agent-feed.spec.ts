import type { AgentPresenceChanged } from '@vigil/contracts';
import { eventually } from '@vigil/testkit';
import { AgentFeed, MAX_WAITING_HOSTS } from './agent-feed.js';

/** A client that takes one event, and the next only when it is told to read on. */
class SlowClient {
  readonly taken: string[] = [];
  private readonly ending = new AbortController();
  private readOn: () => void = () => {};
  private isReading = false;

  get closed(): AbortSignal {
    return this.ending.signal;
  }

  event(type: string, data: unknown): Promise<void> {
    this.taken.push(`${String(/"host":"([\w-]+)"/.exec(JSON.stringify(data))?.[1])} ${type}`);
    if (this.isReading) return Promise.resolve();
    return new Promise((resolve) => {
      this.readOn = resolve;
    });
  }

  drop(): void {
    this.ending.abort();
    this.readOn();
  }

  read(): void {
    this.isReading = true;
    this.readOn();
  }
}

const presence = (host: string, status: AgentPresenceChanged['status']): AgentPresenceChanged => ({
  host,
  status,
  channelId: 'c',
  openedAt: 1,
  at: 2,
});

describe('what a client is told of agents', () => {
  it('is of each host only the newest, when it reads slowly', async () => {
    const client = new SlowClient();
    const feed = new AgentFeed(client);
    feed.tell(presence('first', 'connected'));
    for (let round = 0; round < 10_000; round += 1) {
      feed.tell(presence('a', round % 2 === 0 ? 'connected' : 'disconnected'));
      feed.tell(presence('b', 'connected'));
    }
    expect(client.taken).toEqual(['first agent.connected']);
    client.read();
    await eventually(() => client.taken.length >= 3);
    feed.tell(presence('a', 'connected'));
    await eventually(() => client.taken.length >= 4);
    expect(client.taken.slice(1)).toEqual([
      'a agent.disconnected',
      'b agent.connected',
      'a agent.connected',
    ]);
  });

  it('ends when too many hosts wait for it', () => {
    const client = new SlowClient();
    const feed = new AgentFeed(client);
    for (let host = 0; host <= MAX_WAITING_HOSTS; host += 1) {
      feed.tell(presence(`host-${host}`, 'connected'));
    }
    expect(client.closed.aborted).toBe(false);
    feed.tell(presence('one-more', 'connected'));
    expect(client.closed.aborted).toBe(true);
    feed.tell(presence('another', 'connected'));
    expect(client.taken).toEqual(['host-0 agent.connected']);
  });
});
