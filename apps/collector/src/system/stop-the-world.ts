import { Injectable } from '@nestjs/common';
import { AgentResults, type StopOutcome, type SwitchOutcome } from '@vigil/contracts';
import { Subscriptions, type Written } from '@vigil/messaging';
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
  ) {}

  /**
   * Without NATS it is recorded in PostgreSQL, and the agents of this collector are told all the same;
   * their confirmations travel by NATS, so that none is counted.
   * @throws WriteRefused when neither takes it: then nothing is switched
   */
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
      const written = await this.controls.setStop({ active: stopped, reason, actor });
      if (missing.size > 0 && written.inBucket) {
        await waitFor(ACKNOWLEDGE_WITHIN_MS, complete.signal);
      }
      return {
        stopped,
        ...switchOutcome(written),
        acknowledged: [...acknowledged].sort(),
        unreached: [...missing].sort(),
      };
    } finally {
      await answers.stop();
    }
  }
}

/** What people are told of how far a switch has got. */
export function switchOutcome({ inBucket, inCopy }: Written): SwitchOutcome {
  return { inForce: inBucket, durable: inCopy };
}

async function waitFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => undefined);
}
