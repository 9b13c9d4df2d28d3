import { JetStreamStrategy } from '@vigil/messaging';
import {
  HealthRegistry,
  SilentLog,
  startServiceApplication,
  type RunningService,
} from '@vigil/service';
import {
  createDatabase,
  eventually,
  startNats,
  startPostgres,
  temporaryDirectory,
  type TestNats,
  type TestPostgres,
} from '@vigil/testkit';
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppModule } from '../app.module.js';
import { configureHttp } from '../configure-http.js';
import { BODY_BYTES } from '../ingest/decode-body.js';

export const ADMIN_KEY = 'test-admin-key-of-this-world';

/** Servers start slowly on a machine that is busy. */
export const WORLD_TIMEOUT_MS = 60_000;

export interface CollectorWorld {
  readonly url: string;
  readonly nats: TestNats;
  /** A server of the world's own; undefined when it only has a database on the shared one. */
  readonly postgres: TestPostgres | undefined;
  readonly databaseUrl: string;
  readonly collector: RunningService;
  /** Another collector on the same NATS, or reaching it by another address, and the same PostgreSQL. */
  startCollector(natsUrl?: string): Promise<RunningService>;
  stop(): Promise<void>;
}

export interface WorldOptions {
  /** Default false: a database on the server that all suites share. */
  readonly ownPostgres?: boolean;
}

/** A collector on a real NATS and PostgreSQL. */
export async function createWorld(options: WorldOptions = {}): Promise<CollectorWorld> {
  const nats = await startNats();
  const postgres = options.ownPostgres === true ? await startPostgres() : undefined;
  const database = postgres === undefined ? await createDatabase() : undefined;
  const databaseUrl = postgres?.url ?? database?.url ?? '';
  const directory = temporaryDirectory('collector');
  const adminKeyFile = join(directory, 'admin.key');
  writeFileSync(adminKeyFile, `${ADMIN_KEY}\n`);
  const commandPublicKeyFile = join(directory, 'command.pub');
  const { publicKey } = generateKeyPairSync('ed25519');
  writeFileSync(commandPublicKeyFile, publicKey.export({ type: 'spki', format: 'pem' }));

  const running: RunningService[] = [];
  const startCollector = async (natsUrl = nats.url): Promise<RunningService> => {
    const collector = await startServiceApplication({
      name: 'collector',
      module: AppModule.forRoot({
        port: 0,
        bind: '127.0.0.1',
        logLevel: 'error',
        natsUrl,
        natsReplicas: 1,
        adminKeyFile,
        databaseUrl,
        instance: 'test',
        commandPublicKeyFile,
        retentionMs: 30 * 86_400_000,
      }),
      log: new SilentLog(),
      bind: '127.0.0.1',
      port: 0,
      metricsAccess: { kind: 'guarded' },
      transport: JetStreamStrategy,
      bodyLimit: BODY_BYTES,
      configure: configureHttp,
    });
    running.push(collector);
    return collector;
  };
  const collector = await startCollector();
  await eventually(() => collector.app.get(HealthRegistry).isReady());
  return {
    url: collector.url,
    nats,
    postgres,
    databaseUrl,
    collector,
    startCollector,
    stop: async () => {
      await Promise.all(running.map((each) => each.stop()));
      await nats.stop();
      await postgres?.stop();
      await database?.drop();
    },
  };
}
