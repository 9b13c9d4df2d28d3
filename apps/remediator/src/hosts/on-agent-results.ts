import { Controller } from '@nestjs/common';
import { AgentResults } from '@vigil/contracts';
import { Hears } from '@vigil/messaging';
import { Clock } from '@vigil/service';
import { ActionRegistry } from '../log/action-registry.js';
import { AgentChannel } from './agent-channel.js';
import { ObservedHosts } from './observed-hosts.js';

/** What agents answer. Every instance hears everything: only one of them waits for it. */
@Controller()
export class OnAgentResults {
  constructor(
    private readonly channel: AgentChannel,
    private readonly hosts: ObservedHosts,
    private readonly registry: ActionRegistry,
    private readonly clock: Clock,
  ) {}

  @Hears(AgentResults)
  handle(results: AgentResults): void {
    const { host, message } = results;
    // first, so that whoever waits for the observation finds it there
    if (message.type === 'observation') this.hosts.record(host, message.state, this.clock.now());
    const awaited = this.channel.receive(results);
    if (message.type !== 'result' || awaited) return;
    const { actionId, commandId } = message.result;
    // it came too late to matter; without a word the agent would keep it and send it again
    if (this.registry.isFinished(actionId)) this.channel.acknowledge(host, commandId);
  }
}
