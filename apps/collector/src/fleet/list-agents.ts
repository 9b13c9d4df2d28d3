import { Injectable } from '@nestjs/common';
import type { AgentRecord, Page } from '@vigil/contracts';
import { Clock } from '@vigil/service';
import type { PageRequest } from '../http/page-cursor.js';
import { AgentPresence } from './agent-presence.js';
import { AgentsStore } from './agents.store.js';
import { HostLabels } from './host-labels.js';

/** The enrolled agents as they are now: what is stored, what was seen since, what Git says of their hosts. */
@Injectable()
export class ListAgents {
  constructor(
    private readonly agents: AgentsStore,
    private readonly presence: AgentPresence,
    private readonly labels: HostLabels,
    private readonly clock: Clock,
  ) {}

  async page(request: PageRequest): Promise<Page<AgentRecord>> {
    const page = await this.agents.list(request, this.clock.now(), (host) =>
      this.presence.sighting(host),
    );
    const items = page.items.map((agent) => ({
      ...agent,
      labels: { ...this.labels.of(agent.host) },
    }));
    return { ...page, items };
  }
}
