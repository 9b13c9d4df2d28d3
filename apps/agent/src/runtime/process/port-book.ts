import type { Service } from '@vigil/manifests';
import type { AssignedPort } from '../../state/agent-document.js';
import { assignPorts, type PortOutcome, type PortRange } from './assign-ports.js';

/** A port that was ours is free again as soon as the kernel has taken the dead process apart. */
const PATIENCE_MS = 500;

/** Which replica has which host port. One assignment at a time, so that no port is given twice. */
export class PortBook {
  private readonly assigned = new Map<string, readonly AssignedPort[]>();
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly range: PortRange,
    /** Makes replicas of two agents on one host begin their search at different ports. */
    private readonly salt: string,
  ) {}

  /** Notes what a replica had before the agent was started. */
  remember(key: string, ports: readonly AssignedPort[]): void {
    this.assigned.set(key, ports);
  }

  forget(key: string): void {
    this.assigned.delete(key);
  }

  assign(key: string, ports: Service['spec']['ports']): Promise<PortOutcome> {
    const assignment = this.last.then(() => this.assignNow(key, ports));
    this.last = assignment.catch(() => undefined);
    return assignment;
  }

  private async assignNow(key: string, ports: Service['spec']['ports']): Promise<PortOutcome> {
    const taken = new Set<number>();
    for (const [other, entries] of this.assigned) {
      if (other !== key) for (const { hostPort } of entries) taken.add(hostPort);
    }
    const outcome = await assignPorts({
      ports,
      previous: this.assigned.get(key) ?? [],
      taken,
      seed: `${this.salt}/${key}`,
      range: this.range,
      patienceMs: PATIENCE_MS,
    });
    if (outcome.status === 'assigned') this.assigned.set(key, outcome.ports);
    return outcome;
  }
}
