import { Injectable } from '@nestjs/common';
import { AgentResults, type AgentDownlink, type AgentUplink } from '@vigil/contracts';
import { Bus } from '@vigil/messaging';
import { Clock, Log } from '@vigil/service';
import type { z } from 'zod';
import { AgentPresence } from '../fleet/agent-presence.js';
import { AgentRegistry } from '../fleet/agent-registry.js';
import { PublishState } from '../ingest/publish-state.js';
import { Controls } from '../system/controls.js';

type Downlink = z.input<typeof AgentDownlink>;

/** The parts of the fleet that a channel touches. */
@Injectable()
export class FleetDuties {
  constructor(
    readonly presence: AgentPresence,
    readonly registry: AgentRegistry,
    readonly log: Log,
  ) {}
}

/** What a channel means to the rest of the collector, so that channels know only connections. */
@Injectable()
export class ChannelDuties {
  constructor(
    private readonly bus: Bus,
    private readonly fleet: FleetDuties,
    private readonly state: PublishState,
    private readonly controls: Controls,
    private readonly clock: Clock,
  ) {}

  /** Passes on what the agent of the host said. */
  async report(host: string, message: AgentUplink): Promise<void> {
    if (message.type === 'result' && message.result.host !== host) {
      this.fleet.log.warn('an agent answered for another host', { host });
      return;
    }
    if (message.type === 'hello') {
      // passed on as well: whoever has something for the agent need not wait to ask again
      this.fleet.presence.seen(host, { agentVersion: message.agentVersion });
    }
    const receivedAt = this.clock.now();
    const result = { host, receivedAt, message };
    await this.bus.signal(AgentResults, result, { params: { host } });
    // everybody else learns from it too, not only who asked
    if (message.type === 'observation') await this.state.publish(host, message.state, receivedAt);
  }

  seen(host: string): void {
    this.fleet.presence.seen(host);
  }

  connected(host: string): void {
    this.fleet.presence.connected(host);
  }

  disconnected(host: string): void {
    this.fleet.presence.disconnected(host);
  }

  handedOver(host: string): void {
    this.fleet.presence.handedOver(host);
  }

  /** What an agent has to know about stop-the-world; undefined while that is not known. */
  control(): Downlink | undefined {
    const stopped = this.controls.isStopped();
    return stopped === undefined ? undefined : { type: 'control', stopped };
  }

  onStop(listener: (control: Downlink) => void): void {
    this.controls.onStop(() => {
      const control = this.control();
      if (control !== undefined) listener(control);
    });
  }

  onRemoved(listener: (host: string) => void): void {
    this.fleet.registry.onRemoved(listener);
  }
}
