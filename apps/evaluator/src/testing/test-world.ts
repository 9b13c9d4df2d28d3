import {
  ActionLogged,
  ActionRequest,
  controlKey,
  ControlsBucket,
  DesiredStateBucket,
  FleetBucket,
  fleetKey,
  EvaluationAnswered,
  EvaluationRequested,
  OperatorActionRequested,
  type EventContract,
  desiredStateKey,
  metricPartition,
  MetricsIngested,
  StateObserved,
  type ActionLogEntry,
  type Control,
  type ReplicaObservation,
  type Sample,
} from '@vigil/contracts';
import {
  resourceId,
  type RequestableAction,
  type Mode,
  type Policy,
  type ResourceId,
  type Service,
} from '@vigil/manifests';
import {
  Buckets,
  Bus,
  JetStreamStrategy,
  MessagingModule,
  NatsConnection,
  Subscriptions,
} from '@vigil/messaging';
import { SilentLog, startServiceApplication, type Log, type RunningService } from '@vigil/service';
import {
  createDatabase,
  eventually,
  startNats,
  type TestDatabase,
  type TestNats,
} from '@vigil/testkit';
import { rm } from 'node:fs/promises';
import { Client } from 'pg';
import type { z } from 'zod';
import { AppModule } from '../app.module.js';
import { Evaluator } from '../evaluator.js';
import { digestOf, snapshot } from './fixtures.js';

type Manifest = Service | Policy;

/** A real NATS and PostgreSQL, one evaluator, and the test in the place of everything around it. */
export class TestWorld {
  private evaluatorService: RunningService | undefined;
  private generation = 0;
  private questions = 0;
  private counters = new Map<string, number>();

  private constructor(
    readonly nats: TestNats,
    readonly database: TestDatabase,
    /** A client of the test's own, as collector, gitopsd, remediator and agents would have. */
    private readonly client: RunningService,
  ) {}

  static async start(): Promise<TestWorld> {
    const [nats, database] = await Promise.all([startNats(), createDatabase()]);
    const client = await startServiceApplication({
      name: 'test',
      module: MessagingModule.forRoot({ url: nats.url }),
      log: new SilentLog(),
      bind: '127.0.0.1',
      port: 0,
      metricsAccess: { kind: 'loopback' },
    });
    await client.app.get(NatsConnection).session(AbortSignal.timeout(20_000));
    const world = new TestWorld(nats, database, client);
    await world.restore();
    return world;
  }

  async stop(): Promise<void> {
    await this.stopEvaluator();
    await this.client.stop();
    await this.nats.stop();
    await this.database.drop();
  }

  /** Starts the evaluator and waits until it has loaded everything. */
  async startEvaluator(
    options: {
      databaseUrl?: string;
      natsUrl?: string;
      mode?: Mode;
      untilReady?: boolean;
      log?: Log;
    } = {},
  ): Promise<Evaluator> {
    const module = AppModule.forRoot({
      port: 0,
      bind: '127.0.0.1',
      logLevel: 'error',
      natsUrl: options.natsUrl ?? this.nats.url,
      natsReplicas: 1,
      adminKeyFile: undefined,
      databaseUrl: options.databaseUrl ?? this.database.url,
      mode: options.mode ?? 'auto',
    });
    this.evaluatorService = await startServiceApplication({
      name: 'evaluator',
      module,
      transport: JetStreamStrategy,
      log: options.log ?? new SilentLog(),
      bind: '127.0.0.1',
      port: 0,
      metricsAccess: { kind: 'loopback' },
    });
    const evaluator = this.evaluatorService.app.get(Evaluator);
    if (options.untilReady !== false) await eventually(() => evaluator.isLoaded());
    return evaluator;
  }

  async stopEvaluator(): Promise<void> {
    await this.evaluatorService?.stop();
    this.evaluatorService = undefined;
  }

  /** A part of the running evaluator. */
  part<Part>(type: abstract new (...parameters: never[]) => Part): Part {
    if (this.evaluatorService === undefined) throw new TypeError('the evaluator does not run');
    return this.evaluatorService.app.get(type);
  }

  /** Says that every switch and override is there, as the collector and the remediator do. */
  async restore(): Promise<void> {
    await this.restoreControls();
    await this.restoreOverrides();
  }

  async restoreControls(): Promise<void> {
    const marks = this.buckets.open(ControlsBucket).keys('restored');
    const mark = { by: 'collector', at: Date.now(), bucketCreatedAt: await marks.createdAt() };
    await marks.put(controlKey.restored(), mark);
  }

  async restoreOverrides(): Promise<void> {
    const marks = this.buckets.open(DesiredStateBucket).keys('restored');
    const mark = { by: 'remediator', at: Date.now(), bucketCreatedAt: await marks.createdAt() };
    await marks.put(desiredStateKey.overridesRestored(), mark);
  }

  /** NATS comes back as a server that lost its data; the streams are there again. */
  async loseNats(): Promise<void> {
    const connection = this.client.app.get(NatsConnection);
    const { ended } = connection.require();
    const gone = new Promise((resolve) => {
      ended.addEventListener('abort', resolve);
    });
    await this.nats.kill();
    await gone;
    await rm(this.nats.storeDirectory, { recursive: true, force: true });
    await this.nats.restart();
    await connection.session(AbortSignal.timeout(20_000));
  }

  get bus(): Bus {
    return this.client.app.get(Bus);
  }

  get buckets(): Buckets {
    return this.client.app.get(Buckets);
  }

  /** Puts a revision in force, as gitopsd does. */
  async declare(manifests: readonly Manifest[], source = 'default', mode?: Mode): Promise<void> {
    const bucket = this.buckets.open(DesiredStateBucket);
    this.generation += 1;
    const revision = `r${this.generation}`;
    const entries = manifests.map((manifest) => ({
      resource: resourceId({
        namespace: manifest.metadata.namespace,
        kind: manifest.kind,
        name: manifest.metadata.name,
      }),
      digest: digestOf(manifest),
      file: 'all.yaml',
      line: 1,
    }));
    for (const manifest of manifests) {
      await bucket.keys('spec').put(desiredStateKey.spec(digestOf(manifest)), manifest);
    }
    await bucket.keys('index').put(desiredStateKey.index(source, revision, 0), { entries });
    await bucket.keys('pointer').put(desiredStateKey.pointer(source), {
      source,
      revision,
      chunks: 1,
      generation: this.generation,
      inForceAt: Date.now(),
      ...(mode === undefined ? {} : { mode }),
    });
  }

  /** Reports the state of a host, as its agent and the collector do. */
  async observe(host: string, replicas: readonly ReplicaObservation[]): Promise<void> {
    const counter = (this.counters.get(host) ?? 0) + 1;
    this.counters.set(host, counter);
    const now = Date.now();
    const state = snapshot(host, counter, replicas, { receivedAt: now, observedAt: now });
    await this.bus.publish(StateObserved, state, { params: { host } });
  }

  /** Takes the agent of a host out of the fleet, as the collector does. */
  async removeHost(host: string): Promise<void> {
    await this.bus.forget(StateObserved, { params: { host } });
    const keys = this.buckets.open(FleetBucket).keys('removed');
    await keys.put(fleetKey.removed(host), { host, removedAt: Date.now() });
  }

  /** Enrols it again; its agent counts its snapshots anew. */
  async enrolAgain(host: string): Promise<void> {
    await this.buckets.open(FleetBucket).keys('removed').delete(fleetKey.removed(host));
    this.counters.delete(host);
  }

  async ingest(source: string, samples: readonly Sample[]): Promise<void> {
    await this.bus.publish(
      MetricsIngested,
      { source, receivedAt: Date.now(), samples: [...samples] },
      { params: { partition: metricPartition(source) } },
    );
  }

  async log(entry: ActionLogEntry): Promise<void> {
    await this.bus.publish(ActionLogged, entry, { params: { actionId: entry.actionId } });
  }

  /** Lets an action run to its end, as the remediator does. */
  async finish(request: ActionRequest, to: 'succeeded' | 'failed' | 'rolled_back' = 'succeeded') {
    const { actionId, correlationId, resource } = request;
    const entry = (sequence: number) => ({
      actionId,
      correlationId,
      resource,
      sequence,
      at: Date.now(),
      actor: 'remediator',
    });
    await this.log({ ...entry(0), kind: 'requested', request });
    await this.log({ ...entry(1), kind: 'transition', from: 'requested', to: 'queued' });
    await this.log({ ...entry(2), kind: 'transition', from: 'queued', to: 'running' });
    for (const [index, { host }] of request.targets.entries()) {
      const result = { commandId: `${actionId}.${index}`, actionId, host, effectAt: Date.now() };
      const times = { startedAt: Date.now(), finishedAt: Date.now() };
      await this.log({
        ...entry(3 + index),
        kind: 'operation-finished',
        index,
        commandId: result.commandId,
        rollback: false,
        result: { ...result, ...times, status: 'succeeded' },
      });
    }
    const last = 3 + request.targets.length;
    await this.log({ ...entry(last), kind: 'transition', from: 'running', to: 'verifying' });
    await this.log({ ...entry(last + 1), kind: 'transition', from: 'verifying', to });
  }

  async control(key: string, control: Control): Promise<void> {
    const keys = this.buckets.open(ControlsBucket).keys(key.startsWith('stop') ? 'stop' : 'source');
    await keys.put(key, control);
  }

  /** Every action request that was ever published, in order, repetitions left out. */
  async requests(): Promise<ActionRequest[]> {
    const { manager } = this.client.app.get(NatsConnection).require();
    const { state } = await manager.streams.info('ACTIONS');
    const requests: ActionRequest[] = [];
    for (let sequence = 1; sequence <= state.last_seq; sequence += 1) {
      const stored = await manager.streams.getMessage('ACTIONS', { seq: sequence });
      if (stored?.subject === 'vigil.actions.requested') {
        requests.push(ActionRequest.parse(stored.json()));
      }
    }
    return requests;
  }

  async requestsFor(resource: ResourceId): Promise<ActionRequest[]> {
    return (await this.requests()).filter((request) => request.resource === resource);
  }

  /** The only request about a resource, as soon as there is one. */
  untilRequested(resource: ResourceId): Promise<ActionRequest> {
    return eventually(async () => {
      const [request, ...more] = await this.requestsFor(resource);
      expect(more).toEqual([]);
      return request;
    });
  }

  /** Evaluates a resource to the end: what it leads to is published when this resolves. */
  async evaluate(resource: ResourceId): Promise<EvaluationAnswered> {
    const requestId = `evaluate-${(this.questions += 1)}`;
    return this.ask(requestId, () =>
      this.bus.publish(EvaluationRequested, {
        requestId,
        resource,
        correlationId: requestId,
        actor: 'test',
        at: Date.now(),
      }),
    );
  }

  /** Asks for an action as a person does. */
  async act(
    resource: ResourceId,
    action: RequestableAction,
    more: { replicas?: number } = {},
  ): Promise<EvaluationAnswered> {
    const requestId = `act-${(this.questions += 1)}`;
    return this.ask(requestId, () =>
      this.bus.publish(OperatorActionRequested, {
        requestId,
        resource,
        action,
        actor: 'alice',
        reason: 'because',
        force: false,
        dryRun: false,
        correlationId: requestId,
        at: Date.now(),
        ...more,
      }),
    );
  }

  private async ask(requestId: string, send: () => Promise<unknown>): Promise<EvaluationAnswered> {
    const answers: EvaluationAnswered[] = [];
    const hearing = this.client.app
      .get(Subscriptions)
      .hear(EvaluationAnswered, { filterParams: { requestId } }, (answer) => {
        answers.push(answer);
      });
    try {
      await this.client.app.get(NatsConnection).require().client.flush();
      await send();
      return await eventually(() => answers[0]);
    } finally {
      await hearing.stop();
    }
  }

  /** Everything that was published to the stream EVENTS under a subject. */
  async events<Schema extends z.ZodType>(
    contract: EventContract<Schema>,
  ): Promise<z.output<Schema>[]> {
    const { manager } = this.client.app.get(NatsConnection).require();
    const { state } = await manager.streams.info(contract.stream);
    const events: z.output<Schema>[] = [];
    for (let sequence = state.first_seq; sequence <= state.last_seq; sequence += 1) {
      const stored = await manager.streams.getMessage(contract.stream, { seq: sequence });
      if (stored?.subject === contract.subject) events.push(contract.schema.parse(stored.json()));
    }
    return events;
  }

  async rows<Row extends object>(
    statement: string,
    parameters: unknown[] = [],
    url = this.database.url,
  ): Promise<Row[]> {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query<Row>(statement, parameters)).rows;
    } finally {
      await client.end();
    }
  }
}
