import type { Type } from '@nestjs/common';
import {
  controlKey,
  ControlsBucket,
  DesiredStateBucket,
  desiredStateKey,
  ManifestsApplied,
  ManifestsRejected,
  type RevisionEntry,
} from '@vigil/contracts';
import {
  Buckets,
  Bus,
  JetStreamStrategy,
  NatsConnection,
  Subscriptions,
  type OrderedSubscription,
} from '@vigil/messaging';
import { SilentLog, startServiceApplication, type RunningService } from '@vigil/service';
import { Database } from '@vigil/storage';
import { eventually, temporaryDirectory, type TestNats } from '@vigil/testkit';
import { rm } from 'node:fs/promises';
import { AppModule } from '../app.module.js';
import { acceptRawBodies, WEBHOOK_BYTES } from '../webhooks/accept-raw-bodies.js';

export interface WorldOptions {
  readonly natsUrl: string;
  readonly databaseUrl: string;
  readonly manifests: string;
  readonly gitPollIntervalMs?: number;
  /** Default: one of its own. */
  readonly home?: string;
  /** Default true: says that every switch is there, as the collector does. */
  readonly controlsRestored?: boolean;
}

/** A row of `sources`, as tests look at it. */
export interface SourceRow {
  readonly status: string;
  readonly message: string | null;
  readonly revision: string | null;
  readonly kind: string;
  readonly resources: number;
  readonly commit: { readonly message: string; readonly author: string } | null;
  readonly errors: readonly { readonly file: string; readonly message: string }[];
  readonly warnings: readonly string[];
}

/** gitopsd in this process, on real servers, and what a test wants to know about it. */
export class World {
  readonly applied: ManifestsApplied[] = [];
  readonly rejected: ManifestsRejected[] = [];

  private readonly subscriptions: OrderedSubscription[] = [];

  private constructor(private readonly service: RunningService) {}

  static async start(options: WorldOptions): Promise<World> {
    const module = AppModule.forRoot({
      port: 0,
      bind: '127.0.0.1',
      logLevel: 'error',
      natsUrl: options.natsUrl,
      natsReplicas: 1,
      adminKeyFile: undefined,
      databaseUrl: options.databaseUrl,
      manifests: options.manifests,
      home: options.home ?? temporaryDirectory('gitopsd-home'),
      gitPollIntervalMs: options.gitPollIntervalMs ?? 120_000,
    });
    const service = await startServiceApplication({
      name: 'gitopsd',
      module,
      transport: JetStreamStrategy,
      bodyLimit: WEBHOOK_BYTES,
      configure: acceptRawBodies,
      log: new SilentLog(),
      bind: '127.0.0.1',
      port: 0,
      metricsAccess: { kind: 'loopback' },
    });
    const world = new World(service);
    if (options.controlsRestored !== false) await world.restoreControls();
    const subscriptions = service.app.get(Subscriptions);
    world.subscriptions.push(
      subscriptions.subscribeOrdered(ManifestsApplied, {}, (event) => {
        world.applied.push(event);
      }),
      subscriptions.subscribeOrdered(ManifestsRejected, {}, (event) => {
        world.rejected.push(event);
      }),
    );
    return world;
  }

  /** A part of the running service, for tests that make it fail. */
  get<Part>(part: Type<Part>): Part {
    return this.service.app.get(part);
  }

  get bus(): Bus {
    return this.service.app.get(Bus);
  }

  get buckets(): Buckets {
    return this.service.app.get(Buckets);
  }

  get url(): string {
    return this.service.url;
  }

  /** NATS comes back as a server that has lost its data; the streams are there again. */
  async loseNats(nats: TestNats): Promise<void> {
    const connection = this.service.app.get(NatsConnection);
    const { ended } = connection.require();
    await nats.kill();
    await eventually(() => ended.aborted);
    await rm(nats.storeDirectory, { recursive: true, force: true });
    await nats.restart();
    await connection.session(AbortSignal.timeout(20_000));
  }

  /** Says that every switch is there, as the collector does. */
  async restoreControls(): Promise<void> {
    const marks = this.buckets.open(ControlsBucket).keys('restored');
    await this.service.app.get(NatsConnection).session(AbortSignal.timeout(20_000));
    const mark = { by: 'collector', at: Date.now(), bucketCreatedAt: await marks.createdAt() };
    await marks.put(controlKey.restored(), mark);
  }

  async stop(): Promise<void> {
    await Promise.all(this.subscriptions.map((subscription) => subscription.stop()));
    await this.service.stop();
  }

  query<Row>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    return this.service.app.get(Database).run((manager) => manager.query<Row[]>(sql, parameters));
  }

  async source(): Promise<SourceRow | undefined> {
    const [row] = await this.query<SourceRow>(`SELECT * FROM sources WHERE name = 'default'`);
    return row;
  }

  /** Waits until the source says this about itself. */
  untilStatus(status: string, revision?: string): Promise<SourceRow> {
    return eventually(async () => {
      const row = await this.source();
      if (row?.status !== status || (revision !== undefined && row.revision !== revision)) {
        throw new Error(`still ${JSON.stringify(row)}`);
      }
      return row;
    });
  }

  /** What the index in force lists. Undefined without a pointer. */
  private async entries(): Promise<readonly RevisionEntry[] | undefined> {
    const bucket = this.buckets.open(DesiredStateBucket);
    const pointer = await bucket.keys('pointer').get(desiredStateKey.pointer('default'));
    if (pointer === undefined) return undefined;
    const { source, revision, chunks } = pointer.value;
    const entries: RevisionEntry[] = [];
    for (let chunk = 0; chunk < chunks; chunk += 1) {
      const part = await bucket.keys('index').get(desiredStateKey.index(source, revision, chunk));
      if (part === undefined) throw new Error(`chunk ${chunk} of ${revision} is missing`);
      entries.push(...part.value.entries);
    }
    return entries;
  }

  /** Name of each service → the generation since which it has been declared as it is. */
  async since(): Promise<Record<string, number | undefined>> {
    const entries = (await this.entries()) ?? [];
    return Object.fromEntries(
      entries.map(({ resource, since }) => [resource.split('/').at(-1) ?? resource, since]),
    );
  }

  /** What every other service would see: pointer → index → manifests. Undefined without a pointer. */
  async desiredState(): Promise<Map<string, unknown> | undefined> {
    const entries = await this.entries();
    if (entries === undefined) return undefined;
    const bucket = this.buckets.open(DesiredStateBucket);
    const state = new Map<string, unknown>();
    for (const { resource, digest } of entries) {
      const spec = await bucket.keys('spec').get(desiredStateKey.spec(digest));
      if (spec === undefined) throw new Error(`the manifest of ${resource} is missing`);
      state.set(resource, spec.value);
    }
    return state;
  }

  /** Waits until exactly these services are in force, with their numbers of replicas. */
  async untilInForce(expected: Readonly<Record<string, number>>): Promise<void> {
    await eventually(async () => {
      const state = (await this.desiredState()) ?? new Map<string, unknown>();
      const found = Object.fromEntries(
        [...state].map(([resource, manifest]) => [resource, replicasOf(manifest)]),
      );
      expect(found).toEqual(expected);
      return true;
    });
  }
}

function replicasOf(manifest: unknown): unknown {
  if (typeof manifest !== 'object' || manifest === null || !('spec' in manifest)) return undefined;
  const { spec } = manifest;
  return typeof spec === 'object' && spec !== null && 'replicas' in spec
    ? spec.replicas
    : undefined;
}
