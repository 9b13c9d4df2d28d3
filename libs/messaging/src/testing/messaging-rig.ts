import { Metrics, ServiceIdentity, SilentLog } from '@vigil/service';
import { rmSync } from 'node:fs';
import { NatsConnection } from '../connection/nats-connection.js';
import type { NatsSession } from '../connection/nats-session.js';
import { Buckets } from '../kv/buckets.js';
import { MessagingMetrics } from '../messaging-metrics.js';
import { Bus } from '../publish/bus.js';
import { Subscriptions } from '../read/subscriptions.js';

/** A nats-server that a test can stop and start: what the test kit gives. */
export interface RestartableNats {
  readonly url: string;
  readonly storeDirectory: string;
  restart(): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/** What a service has of messaging, without Nest, on a NATS server of its own. */
export class MessagingRig {
  readonly bus: Bus;
  readonly subscriptions: Subscriptions;
  readonly buckets: Buckets;

  private constructor(
    readonly nats: RestartableNats,
    readonly connection: NatsConnection,
  ) {
    const metrics = new MessagingMetrics(new Metrics());
    const log = new SilentLog();
    this.bus = new Bus(connection, new ServiceIdentity('rig', '0.0.0'), metrics);
    this.subscriptions = new Subscriptions(connection, metrics, log);
    this.buckets = new Buckets(connection, log);
  }

  /** Connects to the server; several rigs on one server are like several processes. */
  static async on(nats: RestartableNats): Promise<MessagingRig> {
    const connection = new NatsConnection({ url: nats.url, name: 'rig' }, new SilentLog());
    connection.start();
    const rig = new MessagingRig(nats, connection);
    await rig.session();
    return rig;
  }

  session(): Promise<NatsSession> {
    return this.connection.session(new AbortController().signal);
  }

  /** Restarts the server and waits until the connection is back. */
  async restartNats(options: { readonly losingItsData?: boolean } = {}): Promise<void> {
    const { ended } = await this.session();
    const gone = new Promise((resolve) => {
      ended.addEventListener('abort', resolve);
    });
    await this.nats.kill();
    await gone;
    if (options.losingItsData === true) {
      rmSync(this.nats.storeDirectory, { recursive: true, force: true });
    }
    await this.nats.restart();
    await this.session();
  }

  async stop(): Promise<void> {
    await this.connection.close();
    await this.nats.stop();
  }
}
