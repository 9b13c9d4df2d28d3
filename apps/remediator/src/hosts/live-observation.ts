import { Injectable } from '@nestjs/common';
import { Clock, pause } from '@vigil/service';
import type { ReplicaFacts } from '../plan/replica-facts.js';
import { AgentChannel } from './agent-channel.js';
import { factsFrom, ObservedHosts, viewOf } from './observed-hosts.js';

/** How long an agent has to answer, and one that is reconnecting to come back, milliseconds. */
const ANSWER_MS = 2_000;
const RETRY_MS = 100;

/** What hosts have reported, and what their agents see when they are asked to look now. */
@Injectable()
export class LiveObservation {
  constructor(
    private readonly channel: AgentChannel,
    private readonly hosts: ObservedHosts,
    private readonly clock: Clock,
  ) {}

  /** When each of the hosts last reported, Unix ms; one that never did is absent. */
  lastSeen(hosts: Iterable<string>): ReadonlyMap<string, number> {
    return this.hosts.lastSeen(hosts);
  }

  /** What the hosts last reported by themselves about a resource. */
  lastKnown(resource: string, hosts: Iterable<string>): ReplicaFacts {
    return this.hosts.factsOf(resource, hosts);
  }

  /** What the agents see of a resource, by host; one that does not answer is absent. */
  async of(
    resource: string,
    hosts: Iterable<string>,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, ReplicaFacts>> {
    const answers = await Promise.all(
      [...new Set(hosts)].map(async (host) => ({
        host,
        facts: await this.ofHost(resource, host, signal),
      })),
    );
    return new Map(
      answers.flatMap(({ host, facts }) => (facts === undefined ? [] : [[host, facts] as const])),
    );
  }

  private async ofHost(
    resource: string,
    host: string,
    signal: AbortSignal,
  ): Promise<ReplicaFacts | undefined> {
    const deadline = this.clock.now() + ANSWER_MS;
    do {
      const left = Math.max(1, deadline - this.clock.now());
      const snapshot = await this.channel.observe(host, left, signal);
      if (snapshot !== undefined) {
        return factsFrom(viewOf(host, snapshot, this.clock.now()), resource);
      }
      // an agent whose collector was restarted is back within a second or two
    } while (this.clock.now() < deadline && (await pause(RETRY_MS, signal)));
    return undefined;
  }
}
