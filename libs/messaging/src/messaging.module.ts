import {
  Inject,
  Module,
  type DynamicModule,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { HealthRegistry, Log, Metrics, ServiceIdentity } from '@vigil/service';
import { hostname } from 'node:os';
import { NatsConnection } from './connection/nats-connection.js';
import { JetStreamStrategy } from './consume/jetstream-strategy.js';
import { MessagingHealth } from './health/messaging-health.js';
import { HeartbeatWriter } from './health/service-heartbeat.js';
import { Buckets } from './kv/buckets.js';
import { MessagingMetrics } from './messaging-metrics.js';
import { Bus } from './publish/bus.js';
import { Subscriptions } from './read/subscriptions.js';

export interface MessagingOptions {
  /** `NATS_URL`, with credentials. */
  readonly url: string;
  /** Copies that a cluster keeps of what Vigil creates; default 1. */
  readonly replicas?: number;
}

/**
 * NATS for a service: `Bus`, `Subscriptions`, `Buckets`, `NatsConnection`, and `JetStreamStrategy` as the
 * transport to give to `bootstrapService`. Needs the `ServiceModule`.
 */
@Module({})
export class MessagingModule implements OnModuleInit, OnApplicationShutdown {
  constructor(@Inject(NatsConnection) private readonly connection: NatsConnection) {}

  static forRoot(options: MessagingOptions): DynamicModule {
    return {
      module: MessagingModule,
      global: true,
      providers: [
        {
          provide: NatsConnection,
          useFactory: (identity: ServiceIdentity, log: Log) =>
            new NatsConnection(
              { ...options, name: `${identity.name}@${hostname()}:${process.pid}` },
              log.child('nats'),
            ),
          inject: [ServiceIdentity, Log],
        },
        {
          provide: MessagingMetrics,
          useFactory: (metrics: Metrics) => new MessagingMetrics(metrics),
          inject: [Metrics],
        },
        {
          provide: Bus,
          useFactory: (...parts: ConstructorParameters<typeof Bus>) => new Bus(...parts),
          inject: [NatsConnection, ServiceIdentity, MessagingMetrics],
        },
        {
          provide: Subscriptions,
          useFactory: (connection: NatsConnection, metrics: MessagingMetrics, log: Log) =>
            new Subscriptions(connection, metrics, log.child('messaging')),
          inject: [NatsConnection, MessagingMetrics, Log],
        },
        {
          provide: Buckets,
          useFactory: (connection: NatsConnection, log: Log) =>
            new Buckets(connection, log.child('kv')),
          inject: [NatsConnection, Log],
        },
        {
          provide: JetStreamStrategy,
          useFactory: (
            connection: NatsConnection,
            identity: ServiceIdentity,
            metrics: MessagingMetrics,
            log: Log,
          ) => new JetStreamStrategy(connection, identity, metrics, log.child('messaging')),
          inject: [NatsConnection, ServiceIdentity, MessagingMetrics, Log],
        },
        {
          provide: MessagingHealth,
          useFactory: (...parts: ConstructorParameters<typeof MessagingHealth>) =>
            new MessagingHealth(...parts),
          inject: [NatsConnection, JetStreamStrategy, HealthRegistry],
        },
        {
          provide: HeartbeatWriter,
          useFactory: (...parts: ConstructorParameters<typeof HeartbeatWriter>) =>
            new HeartbeatWriter(...parts),
          inject: [NatsConnection, Buckets, HealthRegistry, ServiceIdentity],
        },
      ],
      exports: [NatsConnection, Bus, Subscriptions, Buckets, JetStreamStrategy, MessagingHealth],
    };
  }

  onModuleInit(): void {
    this.connection.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.connection.close();
  }
}
