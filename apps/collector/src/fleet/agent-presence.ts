import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Clock, describeError, Log } from '@vigil/service';
import { AgentsStore, type AgentSighting } from './agents.store.js';

/** How often what was seen is written, milliseconds: not with every batch of every agent. */
const FLUSH_MS = 5_000;
/** An agent counts as connected this long after the collector that holds its channel last said so. */
const CONNECTED_FOR_MS = 20_000;

interface Sighting {
  lastSeenAt: number;
  agentVersion: string | undefined;
  replicas: number | undefined;
  /** `unknown`: another collector may hold its channel. */
  channel: 'unknown' | 'open' | 'closed';
  closedAt: number;
  /** Seen, or disconnected, since it was last written. */
  changed: boolean;
}

/** When agents were last seen, and which are connected to this collector. */
@Injectable()
export class AgentPresence implements OnModuleInit, OnModuleDestroy {
  private readonly sightings = new Map<string, Sighting>();
  private timer: NodeJS.Timeout | undefined;
  private flushing: Promise<void> | undefined;

  constructor(
    private readonly agents: AgentsStore,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(() => this.flush(), FLUSH_MS);
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    for (const host of this.sightings.keys()) this.disconnected(host);
    await this.flushing;
    this.flush();
    await this.flushing;
  }

  /** The agent of the host posted or answered. */
  seen(host: string, facts: { agentVersion?: string; replicas?: number } = {}): void {
    const sighting = this.sightingOf(host);
    sighting.lastSeenAt = this.clock.now();
    sighting.agentVersion = facts.agentVersion ?? sighting.agentVersion;
    sighting.replicas = facts.replicas ?? sighting.replicas;
    sighting.changed = true;
  }

  /** This collector holds its channel from now on. */
  connected(host: string): void {
    this.seen(host);
    this.sightingOf(host).channel = 'open';
    this.flush();
  }

  /** The channel was closed, and no newer one is known. */
  disconnected(host: string): void {
    const sighting = this.sightings.get(host);
    if (sighting?.channel !== 'open') return;
    sighting.channel = 'closed';
    sighting.closedAt = this.clock.now();
    sighting.changed = true;
    this.flush();
  }

  /** Another collector holds its channel now: that one says how it is. */
  handedOver(host: string): void {
    this.sightings.delete(host);
  }

  /** What this process knows of a host; undefined when it is not the one to say. */
  sighting(host: string): AgentSighting | undefined {
    const sighting = this.sightings.get(host);
    return sighting === undefined ? undefined : this.toRecord(host, sighting);
  }

  /** Writes what has changed; a failure is repeated with the next one. */
  private flush(): void {
    this.flushing ??= this.write()
      .catch((error: unknown) => {
        this.log.debug('sightings of agents are not written yet', { reason: describeError(error) });
      })
      .finally(() => {
        this.flushing = undefined;
      });
  }

  private async write(): Promise<void> {
    const changed = [...this.sightings].filter(
      ([, { changed, channel }]) => changed || channel === 'open',
    );
    if (changed.length === 0) return;
    const records = changed.map(([host, sighting]) => this.toRecord(host, sighting));
    for (const [, sighting] of changed) sighting.changed = false;
    try {
      await this.agents.recordSightings(records);
    } catch (error) {
      for (const [, sighting] of changed) sighting.changed = true;
      throw error;
    }
    for (const [host, sighting] of changed) {
      if (sighting.channel !== 'open' && !sighting.changed) this.sightings.delete(host);
    }
  }

  private toRecord(host: string, sighting: Sighting): AgentSighting {
    const connectedUntil = {
      unknown: undefined,
      open: this.clock.now() + CONNECTED_FOR_MS,
      closed: sighting.closedAt,
    }[sighting.channel];
    return {
      host,
      lastSeenAt: sighting.lastSeenAt,
      connectedUntil,
      agentVersion: sighting.agentVersion,
      replicas: sighting.replicas,
    };
  }

  private sightingOf(host: string): Sighting {
    const known = this.sightings.get(host);
    if (known !== undefined) return known;
    const fresh: Sighting = {
      lastSeenAt: this.clock.now(),
      agentVersion: undefined,
      replicas: undefined,
      channel: 'unknown',
      closedAt: 0,
      changed: true,
    };
    this.sightings.set(host, fresh);
    return fresh;
  }
}
