import type { AgentPresenceChanged } from '@vigil/contracts';
import { instant } from '../http/instant.js';
import type { EventChannel } from './event-channel.js';

/** Hosts that may wait for one client: more than that, and it asks `GET /agents` anyway. */
export const MAX_WAITING_HOSTS = 1_000;

/**
 * Tells one client which agents connect and disconnect. Nobody keeps these events, so whoever reads
 * slowly cannot be left behind and served later: of each host only the newest waits, and a client
 * for which too many hosts wait is dropped.
 */
export class AgentFeed {
  private readonly waiting = new Map<string, AgentPresenceChanged>();
  private isSending = false;

  constructor(private readonly channel: Pick<EventChannel, 'closed' | 'drop' | 'event'>) {}

  /** Never waits for the client. */
  tell(presence: AgentPresenceChanged): void {
    if (this.channel.closed.aborted) return;
    // in the order of what is told, not of what it replaces
    this.waiting.delete(presence.host);
    this.waiting.set(presence.host, presence);
    if (this.waiting.size > MAX_WAITING_HOSTS) {
      this.waiting.clear();
      this.channel.drop();
      return;
    }
    if (!this.isSending) void this.send();
  }

  private async send(): Promise<void> {
    this.isSending = true;
    try {
      for (const [host, { status, at }] of this.waiting) {
        this.waiting.delete(host);
        await this.channel.event(`agent.${status}`, { host, status, at: instant(at) });
        if (this.channel.closed.aborted) this.waiting.clear();
      }
    } finally {
      this.isSending = false;
    }
  }
}
