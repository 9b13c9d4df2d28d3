import type { ActionLogEntry } from '@vigil/contracts';
import { ProcessCensus, processesWith, StartsFile, web, type World } from '@vigil/e2e';
import { eventually } from '@vigil/testkit';
import { randomUUID } from 'node:crypto';
import { PATIENCE_MS, type Fault } from '../faults/fault.js';
import { startsInAudit } from '../invariants/audit.js';
import { logOf, type Workload } from './workload.js';

/** Three processes that the agent supervises; each notes its start in a file. */
export class Processes implements Workload {
  readonly name = 'web';
  readonly replicas = 3;
  private readonly marker = `chaos-${randomUUID()}`;
  private readonly starts = new StartsFile();
  private census: ProcessCensus | undefined;
  private world: World | undefined;

  manifest(mode: string): string {
    return web({
      name: this.name,
      replicas: this.replicas,
      marker: this.marker,
      starts: this.starts.path,
      mode,
      // faults come faster here than the budget of an hour allows
      remediation: '{ stableAfter: 500ms, cooldownPeriod: 2s, maxRestarts: 1000 }',
    });
  }

  watch(world: World): Fault[] {
    this.world = world;
    this.census = new ProcessCensus(this.marker);
    return Array.from({ length: this.replicas }, (_, replica) => [
      this.fault(world, 'kill', replica, 'SIGKILL'),
      this.fault(world, 'hang', replica, 'SIGSTOP'),
    ]).flat();
  }

  async expectMode(mode: string): Promise<void> {
    for (let replica = 0; replica < this.replicas; replica += 1) {
      const answer = await this.world?.ask(this.name, replica);
      if (answer?.startsWith(`${mode} `) !== true) throw new Error(`it answers ${String(answer)}`);
    }
  }

  violations(log: readonly ActionLogEntry[]): Promise<string[]> {
    const { replicas } = this;
    const most = this.census?.stop();
    const running = processesWith(this.marker).length;
    const started = this.starts.count();
    const audited = startsInAudit(logOf(this.name, log));
    return Promise.resolve([
      ...(most === replicas ? [] : [`${String(most)} processes ran at one time, not ${replicas}`]),
      ...(running === replicas ? [] : [`${running} processes run instead of ${replicas}`]),
      ...(started === audited
        ? []
        : [`${started} processes were started, and the audit tells of ${audited}`]),
    ]);
  }

  stop(): Promise<void> {
    this.census?.stop();
    return Promise.resolve();
  }

  private fault(world: World, what: string, replica: number, signal: NodeJS.Signals): Fault {
    const name = `${this.name}-${String(replica)}`;
    return {
      name: `${what} ${name}`,
      target: name,
      inflict: async () => {
        // while other faults last, what the API tells may be of a process that has gone
        await eventually(() => world.kill(this.name, replica, signal), { withinMs: PATIENCE_MS });
      },
    };
  }
}
