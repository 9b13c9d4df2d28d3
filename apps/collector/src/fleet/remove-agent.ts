import { Injectable } from '@nestjs/common';
import type { Principal } from '@vigil/auth';
import { StateObserved } from '@vigil/contracts';
import { Bus } from '@vigil/messaging';
import { Clock, describeError, dispositionOf, Log } from '@vigil/service';
import { AdmissionSync } from './admission-sync.js';
import { AgentsStore } from './agents.store.js';

/**
 * Takes an agent out of the fleet: its key is revoked and its channel closed, at every collector, and
 * what it observed last is no state of the fleet any more.
 */
@Injectable()
export class RemoveAgent {
  constructor(
    private readonly agents: AgentsStore,
    private readonly admissions: AdmissionSync,
    private readonly bus: Bus,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** False when there is no such agent. */
  async remove(host: string, caller: Principal): Promise<boolean> {
    const keyId = await this.agents.remove(host, this.clock.now());
    if (keyId === undefined) return false;
    await this.admissions.remove(host, keyId);
    await this.forgetState(host);
    this.log.info('an agent was removed', { host, by: caller.name });
    return true;
  }

  /** The agent is removed also when NATS is away; only its last snapshot stays then. */
  private async forgetState(host: string): Promise<void> {
    try {
      await this.bus.forget(StateObserved, { params: { host } });
    } catch (error) {
      if (dispositionOf(error) !== 'retry') throw error;
      const reason = describeError(error);
      this.log.warn('the last state of a removed agent is still there', { host, reason });
    }
  }
}
