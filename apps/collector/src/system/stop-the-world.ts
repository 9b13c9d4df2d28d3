import { Injectable } from '@nestjs/common';
import { AgentResults, type StopOutcome } from '@vigil/contracts';
import { Subscriptions } from '@vigil/messaging';
import { Clock } from '@vigil/service';
import { setTimeout as delay } from 'node:timers/promises';
import { AgentRegistry } from '../fleet/agent-registry.js';
import { Controls } from './controls.js';

/** What stop-the-world promises: it holds within a second on every connected agent. */
const ACKNOWLEDGE_WITHIN_MS = 1_000;

/** Sets and ends stop-the-world, and tells which agents know of it. */
@Injectable()
export class StopTheWorld {
  constructor(
    private readonly controls: Controls,
    private readonly registry: AgentRegistry,
    private readonly subscriptions: Subscriptions,
    private readonly clock: Clock,
  ) {}

  /** @throws NatsUnavailable: then nothing is switched (and no command travels either) */
  async switch(stopped: boolean, reason: string, actor: string): Promise<StopOutcome> {
    const missing = new Set(this.registry.hosts());
    const acknowledged = new Set<string>();
    const complete = new AbortController();
    // listening before the switch: an agent on this machine answers within a millisecond
    const answers = this.subscriptions.hear(AgentResults, {}, ({ host, message }) => {
      if (message.type !== 'control.ack' || message.stopped !== stopped) return;
      acknowledged.add(host);
      missing.delete(host);
      if (missing.size === 0) complete.abort();
    });
    try {
      await this.controls.setStop({ active: stopped, reason, actor, at: this.clock.now() });
      if (missing.size > 0) await waitFor(ACKNOWLEDGE_WITHIN_MS, complete.signal);
    } finally {
      await answers.stop();
    }
    return { stopped, acknowledged: [...acknowledged].sort(), unreached: [...missing].sort() };
  }
}

async function waitFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => undefined);
}
