import {
  freePorts,
  ProcessCensus,
  processesWith,
  ReliablePoster,
  StartsFile,
  web,
  World,
} from '@vigil/e2e';
import { QueryResult } from '@vigil/contracts';
import {
  eventually,
  startGate,
  startNats,
  startPostgres,
  type Gate,
  type TestNats,
  type TestPostgres,
} from '@vigil/testkit';
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Fault } from './faults/fault.js';
import { partFaults } from './faults/part-faults.js';
import { replicaFaults } from './faults/replica-faults.js';
import { connectionFaults, serverFaults } from './faults/server-faults.js';
import { ActionLogTail } from './invariants/action-log-tail.js';
import { openActions, startsInAudit, violationsOfAudit } from './invariants/audit.js';
import { runSchedule, type Happened } from './run-schedule.js';
import type { Planned } from './schedule.js';

const REPLICAS = 3;
/** After the last fault: parts come back with a backoff of up to 30 s, faults are repaired with one. */
const QUIET_WITHIN_MS = 120_000;
const WEB = 'shop/Service/web';
const Holding = z.object({ sync: z.string(), heldDigest: z.string().optional() });
const METRIC = 'acknowledged_under_chaos';

interface Servers {
  readonly postgres: TestPostgres;
  readonly nats: TestNats;
  readonly gate: Gate;
}

/**
 * A whole installation under faults, with a client that posts samples all the while. PostgreSQL and
 * nats-server are the test's own, and the agent reaches its collector through a gate.
 */
export class ChaosWorld {
  private readonly startedAt = performance.now();
  private readonly happened: Happened[] = [];
  private readonly census: ProcessCensus;
  private readonly poster: ReliablePoster;
  private mode = 0;

  private constructor(
    readonly world: World,
    private readonly servers: Servers,
    private readonly service: { readonly marker: string; readonly starts: StartsFile },
    private readonly log: ActionLogTail,
  ) {
    this.census = new ProcessCensus(service.marker);
    this.poster = ReliablePoster.start(world.api, METRIC);
  }

  static async start(): Promise<ChaosWorld> {
    const service = { marker: `chaos-${randomUUID()}`, starts: new StartsFile() };
    const ports = await freePorts();
    const [postgres, nats, gate] = await Promise.all([
      startPostgres(),
      startNats({ credentials: { user: 'vigil', password: randomUUID() } }),
      startGate(Number(ports['VIGIL_COLLECTOR_PORT'])),
    ]);
    const world = await World.start({
      manifests: { 'web.yaml': manifest(service, 0) },
      env: {
        ...ports,
        DATABASE_URL: postgres.url,
        NATS_URL: nats.url,
        VIGIL_COLLECTOR_URL: `http://127.0.0.1:${String(gate.port)}`,
      },
    });
    await world.expectRunning('web', REPLICAS);
    const log = await ActionLogTail.start(nats.url);
    return new ChaosWorld(world, { postgres, nats, gate }, service, log);
  }

  /** Every kind of fault that can happen here. */
  faults(): Fault[] {
    return [
      ...partFaults(this.world),
      ...serverFaults('PostgreSQL', this.servers.postgres),
      ...serverFaults('NATS', this.servers.nats),
      ...connectionFaults(this.servers.gate),
      ...Array.from({ length: REPLICAS }, (_, replica) =>
        replicaFaults(this.world, 'web', replica),
      ).flat(),
      {
        name: 'change the manifest',
        target: 'manifest',
        inflict: async () => {
          this.mode += 1;
          this.world.write('web.yaml', manifest(this.service, this.mode));
          return Promise.resolve();
        },
      },
    ];
  }

  /**
   * Makes the faults happen, waits until all is as Git has it and nothing is under way, and looks
   * whether every promise was kept until then.
   * @throws Error with what was broken, and with what happened when
   */
  async survives(schedule: readonly Planned<Fault>[]): Promise<void> {
    try {
      await runSchedule(schedule, (what) => this.note(what));
      await this.expectQuiet();
      await this.poster.acknowledgesMore();
      await this.poster.stop();
    } catch (failure) {
      throw new Error(`it did not become quiet: ${String(failure)}\n${this.report()}`);
    }
    const violations = [
      ...violationsOfAudit(this.log.entries),
      ...(await this.violationsOfSamples()),
      ...this.violationsOfProcesses(),
    ];
    if (violations.length > 0) throw new Error(`${violations.join('\n')}\n${this.report()}`);
  }

  async stop(): Promise<void> {
    this.census.stop();
    await this.poster.stop();
    await this.log.stop();
    await this.world.stop();
    const { postgres, nats, gate } = this.servers;
    await Promise.all([postgres.stop(), nats.stop(), gate.stop()]);
  }

  private report(): string {
    const lines = this.happened.map(({ atMs, what }) => `${String(atMs).padStart(7)} ms  ${what}`);
    return lines.join('\n');
  }

  private note(what: string): void {
    this.happened.push({ atMs: Math.round(performance.now() - this.startedAt), what });
  }

  private async expectQuiet(): Promise<void> {
    await eventually(() => this.log.read().then(() => true), { withinMs: QUIET_WITHIN_MS });
    await this.retryWhatIsHeld();
    await this.world.expectRunning('web', REPLICAS, QUIET_WITHIN_MS);
    await eventually(() => this.runsAsDeclared(), { withinMs: QUIET_WITHIN_MS, everyMs: 200 });
    await eventually(
      async () => {
        await this.log.read();
        const open = openActions(this.log.entries);
        if (open.length > 0) throw new Error(`not ended: ${open.join(', ')}`);
        return true;
      },
      { withinMs: QUIET_WITHIN_MS, everyMs: 200 },
    );
    this.note('quiet');
  }

  /**
   * A fault amid a roll-out looks like a change that does not work: it is taken back, and stays so
   * until a person says otherwise.
   */
  private async retryWhatIsHeld(): Promise<void> {
    const { heldDigest } = await this.world.until(
      `/manifests/${WEB}`,
      Holding,
      (status) => (status.sync === 'Synced' || status.heldDigest !== undefined) && status,
      QUIET_WITHIN_MS,
    );
    if (heldDigest === undefined) return;
    this.note('a person retries the roll-out that was taken back');
    const order = { resource: WEB, action: 'update', reason: 'a fault was in its way' };
    const { status, body } = await this.world.api.post('/actions', order);
    if (status !== 202)
      throw new Error(`the retry was answered ${status}: ${JSON.stringify(body)}`);
  }

  /** Every replica answers with what the last manifest says. */
  private async runsAsDeclared(): Promise<boolean> {
    for (let replica = 0; replica < REPLICAS; replica += 1) {
      const answer = await this.world.ask('web', replica);
      if (!answer.startsWith(`${modeName(this.mode)} `)) throw new Error(`answers ${answer}`);
    }
    return true;
  }

  private async violationsOfSamples(): Promise<string[]> {
    const { firstAt, acknowledged } = this.poster;
    const range = `from=${String(firstAt)}&to=${String(Date.now() + 1)}`;
    const count = await this.aggregate(`metric=${METRIC}&agg=count&${range}`);
    const sum = await this.aggregate(`metric=${METRIC}&agg=sum&${range}`);
    const expectedSum = (acknowledged * (acknowledged - 1)) / 2;
    return [
      ...(count === acknowledged
        ? []
        : [`${acknowledged} samples were acknowledged, ${count} are stored`]),
      ...(sum === expectedSum ? [] : [`the stored samples add up to ${sum}, not ${expectedSum}`]),
    ];
  }

  private async aggregate(query: string): Promise<number> {
    return this.world.until(
      `/query?${query}`,
      QueryResult,
      ({ series }) => series[0]?.points.reduce((total, [, value]) => total + value, 0),
      QUIET_WITHIN_MS,
    );
  }

  private violationsOfProcesses(): string[] {
    const { marker, starts } = this.service;
    const most = this.census.stop();
    const running = processesWith(marker).length;
    const started = starts.count();
    const audited = startsInAudit(this.log.entries);
    return [
      ...(most === REPLICAS ? [] : [`${most} replicas ran at one time instead of ${REPLICAS}`]),
      ...(running === REPLICAS ? [] : [`${running} replicas run instead of ${REPLICAS}`]),
      ...(started === audited
        ? []
        : [`${started} processes were started, and the audit tells of ${audited}`]),
    ];
  }
}

function modeName(mode: number): string {
  return `mode-${String(mode)}`;
}

function manifest(
  { marker, starts }: { readonly marker: string; readonly starts: StartsFile },
  mode: number,
): string {
  return web({
    replicas: REPLICAS,
    marker,
    starts: starts.path,
    mode: modeName(mode),
    // faults come faster here than the budget of an hour allows
    remediation: '{ stableAfter: 500ms, cooldownPeriod: 2s, maxRestarts: 1000 }',
  });
}
