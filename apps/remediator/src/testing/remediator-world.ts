import { Module, type Provider } from '@nestjs/common';
import {
  ActionDecided,
  ActionLogged,
  ActionRequested,
  controlKey,
  AlertResolved,
  ControlsBucket,
  DesiredStateBucket,
  desiredStateKey,
  isOverriding,
  type ActionLogEntry,
  type ActionRequest,
  type ActionState,
  type Control,
  type Override,
} from '@vigil/contracts';
import { resourceId, type Mode, type Service } from '@vigil/manifests';
import {
  Buckets,
  Bus,
  JetStreamStrategy,
  MessagingModule,
  NatsConnection,
  Subscriptions,
  type OrderedSubscription,
} from '@vigil/messaging';
import {
  Clock,
  SilentLog,
  startServiceApplication,
  type Log,
  type RunningService,
} from '@vigil/service';
import {
  createDatabase,
  eventually,
  startNats,
  temporaryDirectory,
  type TestNats,
} from '@vigil/testkit';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { replayLog, type ActionView } from '../action/action-view.js';
import { EndedAlerts } from '../alerts/ended-alerts.js';
import { AppModule } from '../app.module.js';
import { StreamClock } from '../clock/stream-clock.js';
import type { RemediatorConfig } from '../config.js';
import { ObservedHosts } from '../hosts/observed-hosts.js';
import { ActionLog } from '../log/action-log.js';
import { ActionMetrics } from '../log/action-metrics.js';
import { ActionRegistry } from '../log/action-registry.js';
import { MortalActionLog } from './mortal-action-log.js';
import { Switches } from '../desired/switches.js';
import { FakeAgent, type LaunchBehaviour } from './fake-agent.js';
import { request } from './fixtures.js';

export interface RemediatorOptions {
  readonly mode?: Mode;
  readonly log?: Log;
  readonly port?: number;
  /** A way of its own to the server. */
  readonly natsUrl?: string;
  /** How far its clock is ahead. */
  readonly clockOffsetMs?: number;
  readonly providers?: Provider[];
  /** Default true: waits until it knows what people have stopped and scaled. */
  readonly untilAllowed?: boolean;
}

class RememberedLog extends SilentLog {
  constructor(
    private readonly warnings: string[],
    private readonly errors: string[],
  ) {
    super();
  }

  override warn(message?: string): void {
    this.warnings.push(message ?? '');
  }

  override error(message?: string): void {
    this.errors.push(message ?? '');
  }
}

class ShiftedClock extends Clock {
  constructor(private readonly offsetMs: number) {
    super();
  }

  now(): number {
    return Date.now() + this.offsetMs;
  }
}

/** Real NATS and PostgreSQL, remediators on them, and agents that only exist here. */
export class RemediatorWorld {
  private readonly remediators = new Set<RunningService>();
  private readonly agents: FakeAgent[] = [];
  private readonly entries = new Map<string, ActionLogEntry[]>();
  private readonly reader: OrderedSubscription;
  private readonly controls = new Map<string, boolean>();
  private generations = 0;
  /** What remediators have logged. */
  readonly warnings: string[] = [];
  readonly errors: string[] = [];

  private constructor(
    readonly nats: TestNats,
    readonly database: { readonly url: string; readonly drop?: () => Promise<void> },
    private readonly observer: RunningService,
    readonly signingKeyFile: string,
    private readonly publicKey: KeyObject,
  ) {
    this.reader = observer.app.get(Subscriptions).subscribeOrdered(ActionLogged, {}, (entry) => {
      const known = this.entries.get(entry.actionId) ?? [];
      known.push(entry);
      this.entries.set(entry.actionId, known);
    });
  }

  /** On a database of its own, or on one that is given. */
  static async start(given?: { readonly url: string }): Promise<RemediatorWorld> {
    const [nats, database] = await Promise.all([startNats(), given ?? createDatabase()]);
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const keyFile = join(temporaryDirectory('remediator'), 'signing.key');
    writeFileSync(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    @Module({ imports: [MessagingModule.forRoot({ url: nats.url })] })
    class ObserverModule {}
    const observer = await startServiceApplication({
      name: 'observer',
      module: ObserverModule,
      log: new SilentLog(),
      bind: '127.0.0.1',
      port: 0,
      metricsAccess: { kind: 'loopback' },
    });
    const world = new RemediatorWorld(nats, database, observer, keyFile, publicKey);
    await eventually(async () => (await fetch(`${observer.url}/health/ready`)).ok);
    await world.restoreControls();
    return world;
  }

  get buckets(): Buckets {
    return this.observer.app.get(Buckets);
  }

  get bus(): Bus {
    return this.observer.app.get(Bus);
  }

  /** Starts a remediator in this process. */
  async remediator(options: RemediatorOptions = {}): Promise<RunningService> {
    const {
      mode = 'auto',
      port = 0,
      log = new RememberedLog(this.warnings, this.errors),
      clockOffsetMs = 0,
      natsUrl = this.nats.url,
    } = options;
    const module = AppModule.forRoot({ ...this.configFor(mode, port), natsUrl });
    const extra = options.providers ?? [];
    if (clockOffsetMs !== 0) {
      extra.push({ provide: Clock, useValue: new ShiftedClock(clockOffsetMs) });
    }
    const running = await startServiceApplication({
      name: 'remediator',
      module: { ...module, providers: [...(module.providers ?? []), ...extra] },
      transport: JetStreamStrategy,
      log,
      bind: '127.0.0.1',
      port: 0,
      metricsAccess: { kind: 'loopback' },
    });
    this.remediators.add(running);
    await eventually(async () => (await fetch(`${running.url}/health/ready`)).ok);
    if (options.untilAllowed !== false) {
      await eventually(() => {
        const { isKnown, areOverridesKnown } = running.app.get(Switches).of(request());
        return isKnown && areOverridesKnown;
      });
    }
    return running;
  }

  /** Starts a remediator whose drivers can be made to die. */
  async mortalRemediator(port: number): Promise<{ service: RunningService; log: MortalActionLog }> {
    const provider = {
      provide: ActionLog,
      useFactory: (...parts: ConstructorParameters<typeof ActionLog>) =>
        new MortalActionLog(...parts),
      inject: [Bus, Clock, ActionRegistry, ActionMetrics, StreamClock],
    };
    const service = await this.remediator({ port, providers: [provider] });
    const log = service.app.get(ActionLog);
    if (!(log instanceof MortalActionLog)) throw new TypeError('the log is not mortal');
    return { service, log };
  }

  /** `port` only names the remediator here: two with the same one count as one that was restarted. */
  configFor(mode: Mode, port: number): RemediatorConfig {
    return {
      port,
      bind: '127.0.0.1',
      logLevel: 'info',
      natsUrl: this.nats.url,
      natsReplicas: 1,
      adminKeyFile: undefined,
      databaseUrl: this.database.url,
      mode,
      signingKeyFile: this.signingKeyFile,
    };
  }

  /** The same for a process of its own. */
  environment(mode: Mode, port: number): Record<string, string> {
    return {
      NATS_URL: this.nats.url,
      DATABASE_URL: this.database.url,
      VIGIL_MODE: mode,
      VIGIL_REMEDIATOR_PORT: String(port),
      VIGIL_COMMAND_SIGNING_KEY_FILE: this.signingKeyFile,
    };
  }

  agent(host: string, behaviour?: LaunchBehaviour): FakeAgent {
    const agent = new FakeAgent({
      host,
      bus: this.bus,
      subscriptions: this.observer.app.get(Subscriptions),
      publicKey: this.publicKey,
      ...(behaviour === undefined ? {} : { behaviour }),
    });
    this.agents.push(agent);
    agent.connect();
    return agent;
  }

  async request(request: ActionRequest): Promise<string> {
    await this.bus.publish(ActionRequested, request, { messageId: request.actionId });
    return request.actionId;
  }

  /** As when the evaluator repeats itself after the stream has forgotten the message's id. */
  async publishAgain(request: ActionRequest): Promise<void> {
    await this.bus.publish(ActionRequested, request);
  }

  /** Resolves when every remediator has heard of the host. */
  async knows(host: string): Promise<void> {
    await eventually(() =>
      [...this.remediators].every(({ app }) => app.get(ObservedHosts).get(host) !== undefined),
    );
  }

  /** Resolves when every remediator has seen what was written to the buckets so far. */
  async settled(): Promise<void> {
    const expected = this.controls;
    await eventually(() =>
      [...this.remediators].every(({ app }) => {
        const active = app.get(Switches).of(request()).stop?.active ?? false;
        return active === (expected.get('stop') ?? false);
      }),
    );
  }

  async decide(
    actionId: string,
    decision: ActionDecided['decision'],
    planHash?: string,
  ): Promise<void> {
    await this.bus.publish(ActionDecided, {
      actionId,
      decision,
      ...(planHash === undefined ? {} : { planHash }),
      actor: 'ada',
      reason: 'a good reason',
      at: Date.now(),
    });
  }

  /** Resolves when every remediator has heard of it. */
  async endAlert(id: string): Promise<void> {
    await this.bus.publish(AlertResolved, {
      id,
      policy: resourceId({ namespace: 'production', kind: 'Policy', name: 'memory-leak' }),
      labels: {},
      condition: 'memory_usage increasing for 30m',
      severity: 'warning',
      state: 'resolved',
      activeAt: 1,
      firedAt: 2,
      resolvedAt: 3,
      evidence: [],
      correlationId: `correlation-${id}`,
    });
    await eventually(() =>
      [...this.remediators].every(
        ({ app }) => app.get(EndedAlerts).stateOf([id], Date.now()) === 'ended',
      ),
    );
  }

  async control(key: string, control: Pick<Control, 'active' | 'reason'>): Promise<void> {
    const controls = this.buckets.open(ControlsBucket);
    const value = { actor: 'ada', at: Date.now(), ...control };
    this.controls.set(key, control.active);
    if (key === 'stop') await controls.keys('stop').put(key, value);
    else if (key.startsWith('source.')) await controls.keys('source').put(key, value);
    else await controls.keys('resource').put(key, value);
  }

  /** NATS comes back as a server that has lost its data; the streams are there again. */
  async loseNats(): Promise<void> {
    const connection = this.observer.app.get(NatsConnection);
    const { ended } = connection.require();
    await this.nats.kill();
    await eventually(() => ended.aborted);
    await rm(this.nats.storeDirectory, { recursive: true, force: true });
    await this.nats.restart();
    await connection.session(AbortSignal.timeout(20_000));
  }

  /** Says that every switch is there, as the collector does. */
  async restoreControls(): Promise<void> {
    const marks = this.buckets.open(ControlsBucket).keys('restored');
    const bucketCreatedAt = await marks.createdAt();
    await marks.put(controlKey.restored(), { by: 'collector', at: Date.now(), bucketCreatedAt });
  }

  async keepManifest(digest: string, service: Service): Promise<void> {
    const specs = this.buckets.open(DesiredStateBucket).keys('spec');
    await specs.put(desiredStateKey.spec(digest), service);
  }

  /** As gitopsd puts a revision in force: the digests of all that the source declares. */
  async declare(source: string, digests: Readonly<Record<string, string>>): Promise<void> {
    const bucket = this.buckets.open(DesiredStateBucket);
    this.generations += 1;
    const revision = `revision-${this.generations}`;
    const entries = Object.entries(digests).map(([resource, digest]) => ({
      resource,
      digest,
      file: 'all.yaml',
      line: 1,
    }));
    await bucket.keys('index').put(desiredStateKey.index(source, revision, 0), { entries });
    await bucket.keys('pointer').put(desiredStateKey.pointer(source), {
      source,
      revision,
      chunks: 1,
      generation: this.generations,
      inForceAt: Date.now(),
    });
  }

  async override(resource: string): Promise<Override | undefined> {
    const overrides = this.buckets.open(DesiredStateBucket).keys('override');
    const found = (await overrides.get(desiredStateKey.override(resource)))?.value;
    return isOverriding(found, Date.now()) ? found : undefined;
  }

  logOf(actionId: string): readonly ActionLogEntry[] {
    return this.entries.get(actionId) ?? [];
  }

  view(actionId: string): ActionView | undefined {
    return replayLog(this.logOf(actionId));
  }

  /** Waits until the action is in one of the states. */
  reaches(actionId: string, ...states: ActionState[]): Promise<ActionView> {
    return eventually(
      () => {
        const view = this.view(actionId);
        if (view !== undefined && states.includes(view.state)) return view;
        throw new Error(
          `${actionId} is ${view?.state ?? 'unknown'}: ${JSON.stringify(view?.reason)}`,
        );
      },
      { withinMs: 20_000 },
    );
  }

  /** The states that an action went through. */
  path(actionId: string): readonly string[] {
    return this.logOf(actionId).flatMap((entry) => {
      if (entry.kind === 'requested') return ['requested'];
      return entry.kind === 'transition' ? [entry.to] : [];
    });
  }

  async stopRemediators(): Promise<void> {
    await Promise.all([...this.remediators].map((one) => one.stop()));
    this.remediators.clear();
  }

  async stop(): Promise<void> {
    await this.stopRemediators();
    await Promise.all(this.agents.map((agent) => agent.end()));
    await this.reader.stop();
    await this.observer.stop();
    await this.nats.stop();
    await this.database.drop?.();
  }
}
