import { Injectable } from '@nestjs/common';
import {
  isNewerSnapshot,
  StateObserved,
  type SnapshotSequence,
  type StateSnapshot,
} from '@vigil/contracts';
import { Bus } from '@vigil/messaging';
import { AgentPresence } from '../fleet/agent-presence.js';
import { AgentRegistry } from '../fleet/agent-registry.js';
import { HostLabels } from '../fleet/host-labels.js';

/**
 * Publishes what an agent observed, before anything is stored: repairs start from here. A snapshot
 * that an agent sent earlier and that arrives later must not become the last one of its host.
 */
@Injectable()
export class PublishState {
  /** The newest sequence that was published or tried, by host. One entry per enrolled host. */
  private readonly newest = new Map<string, SnapshotSequence>();

  constructor(
    private readonly bus: Bus,
    registry: AgentRegistry,
    private readonly labels: HostLabels,
    private readonly presence: AgentPresence,
  ) {
    registry.onRemoved((host) => this.newest.delete(host));
  }

  /** Resolves when the stream has acknowledged it. @throws NatsUnavailable, PublishTimeout */
  async publish(host: string, state: StateSnapshot, receivedAt: number): Promise<void> {
    const { sequence } = state;
    const newest = this.newest.get(host);
    // the same again is published again: the first attempt may have failed
    if (newest !== undefined && isNewerSnapshot(newest, sequence)) return;
    this.newest.set(host, sequence);
    this.presence.seen(host, { agentVersion: state.agentVersion, replicas: state.replicas.length });
    await this.bus.publish(
      StateObserved,
      { ...state, host, hostLabels: { ...this.labels.of(host) }, receivedAt },
      {
        params: { host },
        messageId: `${host}:${sequence.epoch}:${sequence.counter}`,
        trusted: true,
      },
    );
  }
}
