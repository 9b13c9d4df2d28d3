import { QueryResult } from '@vigil/contracts';
import { freePorts, ReliablePoster, World } from '@vigil/e2e';
import {
  eventually,
  startDockerEngine,
  startGate,
  startNats,
  startPostgres,
  type DockerEngine,
  type Gate,
  type TestNats,
  type TestPostgres,
} from '@vigil/testkit';
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Fault } from './faults/fault.js';
import { partFaults } from './faults/part-faults.js';
import { connectionFaults, serverFaults } from './faults/server-faults.js';
import { ActionLogTail } from './invariants/action-log-tail.js';
import { openActions, violationsOfAudit } from './invariants/audit.js';
import { runSchedule, type Happened } from './run-schedule.js';
import type { Planned } from './schedule.js';
import { ContainerService } from './workloads/container-service.js';
import { Processes } from './workloads/processes.js';
import type { Workload } from './workloads/workload.js';

/** After the last fault: parts come back with a backoff of up to 30 s, faults are repaired with one. */
const QUIET_WITHIN_MS = 120_000;
/** A retry is an action, which takes its time. */
const RETRY_EVERY_MS = 15_000;
const Holding = z.object({ heldDigest: z.string().optional() });
const METRIC = 'acknowledged_under_chaos';

interface Servers {
  readonly postgres: TestPostgres;
  readonly nats: TestNats;
  readonly engine: DockerEngine;
  readonly gate: Gate;
}

/**
 * A whole installation under faults, with a client that posts samples all the while. PostgreSQL,
 * nats-server and dockerd are the test's own, and the agent reaches its collector through a gate.
 */
export class ChaosWorld {
  private readonly startedAt = performance.now();
  private readonly happened: Happened[] = [];
  private readonly poster: ReliablePoster;
  private mode = 0;

  private constructor(
    readonly world: World,
    private readonly servers: Servers,
    private readonly workloads: readonly Workload[],
    private readonly log: ActionLogTail,
  ) {
    this.poster = ReliablePoster.start(world.api, METRIC);
  }

  static async start(): Promise<ChaosWorld> {
    const ports = await freePorts();
    const [postgres, nats, engine, gate] = await Promise.all([
      startPostgres(),
      startNats({ credentials: { user: 'vigil', password: randomUUID() } }),
      startDockerEngine(),
      startGate(Number(ports['VIGIL_COLLECTOR_PORT'])),
    ]);
    const workloads = [new Processes(), await ContainerService.on(engine)];
    const world = await World.start({
      engine,
      manifests: Object.fromEntries(
        workloads.map((workload) => [`${workload.name}.yaml`, workload.manifest(modeName(0))]),
      ),
      env: {
        ...ports,
        DATABASE_URL: postgres.url,
        NATS_URL: nats.url,
        VIGIL_COLLECTOR_URL: `http://127.0.0.1:${String(gate.port)}`,
      },
    });
    for (const { name, replicas } of workloads) await world.expectRunning(name, replicas);
    const log = await ActionLogTail.start(nats.url);
    return new ChaosWorld(world, { postgres, nats, engine, gate }, workloads, log);
  }

  /** Every kind of fault that can happen here. */
  faults(): Fault[] {
    return [
      ...partFaults(this.world),
      ...serverFaults('PostgreSQL', this.servers.postgres),
      ...serverFaults('NATS', this.servers.nats),
      ...serverFaults('dockerd', this.servers.engine),
      ...connectionFaults(this.servers.gate),
      ...this.workloads.flatMap((workload) => workload.watch(this.world)),
      {
        name: 'change the manifests',
        target: 'manifests',
        inflict: () => {
          this.mode += 1;
          for (const workload of this.workloads) {
            this.world.write(`${workload.name}.yaml`, workload.manifest(modeName(this.mode)));
          }
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
      ...(await this.violationsOfWorkloads()),
    ];
    if (violations.length > 0) throw new Error(`${violations.join('\n')}\n${this.report()}`);
  }

  async stop(): Promise<void> {
    await Promise.all(this.workloads.map((workload) => workload.stop()));
    await this.poster.stop();
    await this.log.stop();
    await this.world.stop();
    const { postgres, nats, engine, gate } = this.servers;
    await Promise.all([postgres.stop(), nats.stop(), engine.stop(), gate.stop()]);
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
    for (const workload of this.workloads) await this.expectAsDeclared(workload);
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

  /** What a roll-out left undone is tried again by a person, as often as it takes. */
  private async expectAsDeclared(workload: Workload): Promise<void> {
    let retriedAt = -RETRY_EVERY_MS;
    await eventually(
      async () => {
        if (performance.now() - retriedAt >= RETRY_EVERY_MS && (await this.isHeld(workload))) {
          retriedAt = performance.now();
          await this.retryRollOut(workload);
        }
        await this.world.expectRunning(workload.name, workload.replicas, 0);
        await workload.expectMode(modeName(this.mode));
        return true;
      },
      { withinMs: QUIET_WITHIN_MS, everyMs: 200 },
    );
  }

  /** A fault amid a roll-out looks like a change that does not work: it is taken back, and stays so. */
  private async isHeld({ name }: Workload): Promise<boolean> {
    const { body } = await this.world.api.get(`/manifests/shop/Service/${name}`);
    return Holding.parse(body).heldDigest !== undefined;
  }

  private async retryRollOut({ name }: Workload): Promise<void> {
    this.note(`a person retries the roll-out of ${name} that was taken back`);
    const resource = `shop/Service/${name}`;
    const order = { resource, action: 'update', reason: 'a fault was in its way' };
    const { status, body } = await this.world.api.post('/actions', order);
    if (status !== 202)
      throw new Error(`the retry was answered ${status}: ${JSON.stringify(body)}`);
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

  private async violationsOfWorkloads(): Promise<string[]> {
    const violations = this.workloads.map((workload) => workload.violations(this.log.entries));
    return (await Promise.all(violations)).flat();
  }
}

function modeName(mode: number): string {
  return `mode-${String(mode)}`;
}
