import { Injectable } from '@nestjs/common';
import type { SystemView } from '@vigil/contracts';
import { Clock } from '@vigil/service';
import { AgentRegistry } from './agent-registry.js';
import { AgentsStore } from './agents.store.js';

/** How many agents there are. */
@Injectable()
export class FleetSize {
  constructor(
    private readonly registry: AgentRegistry,
    private readonly agents: AgentsStore,
    private readonly clock: Clock,
  ) {}

  async count(): Promise<SystemView['agents']> {
    const connected = await this.agents.connectedHosts(this.clock.now());
    return { enrolled: this.registry.hosts().length, connected: connected.length };
  }
}
