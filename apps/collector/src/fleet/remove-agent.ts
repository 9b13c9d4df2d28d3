import { Injectable } from '@nestjs/common';
import type { Principal } from '@vigil/auth';
import { Clock, Log } from '@vigil/service';
import { AdmissionSync } from './admission-sync.js';
import { AgentsStore } from './agents.store.js';
import { RemovedHosts } from './removed-hosts.js';

/**
 * Takes an agent out of the fleet: its key is revoked and its channel closed, at every collector, and
 * its host is no host of the fleet any more.
 */
@Injectable()
export class RemoveAgent {
  constructor(
    private readonly agents: AgentsStore,
    private readonly admissions: AdmissionSync,
    private readonly removed: RemovedHosts,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** False when there is no such agent. */
  async remove(host: string, caller: Principal): Promise<boolean> {
    const removedAt = this.clock.now();
    const keyId = await this.agents.remove(host, removedAt);
    if (keyId === undefined) return false;
    await this.admissions.remove(host, keyId);
    await this.removed.tell({ host, removedAt });
    this.log.info('an agent was removed', { host, by: caller.name });
    return true;
  }
}
