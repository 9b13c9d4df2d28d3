import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { HEARTBEAT_INTERVAL_MS, serviceKey, ServicesBucket } from '@vigil/contracts';
import type { HealthRegistry, HealthReport, ServiceIdentity } from '@vigil/service';
import type { NatsConnection } from '../connection/nats-connection.js';
import type { Buckets } from '../kv/buckets.js';

/** How often the service looks at its own health, to tell of a change at once. */
const LOOK_EVERY_MS = 1_000;

/** Says in the bucket `services` how this service is: regularly, when that changes, after a reconnect. */
export class HeartbeatWriter implements OnApplicationBootstrap, OnModuleDestroy {
  private beat = 0;
  private timer: NodeJS.Timeout | undefined;
  private stopListening = () => {};
  private looking: Promise<void> | undefined;
  private written = { at: Number.NEGATIVE_INFINITY, what: '' };

  constructor(
    private readonly connection: NatsConnection,
    private readonly buckets: Buckets,
    private readonly health: HealthRegistry,
    private readonly identity: ServiceIdentity,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.look();
    }, LOOK_EVERY_MS);
    this.stopListening = this.connection.onUp(() => {
      // a server that lost its data has forgotten us
      this.written.at = Number.NEGATIVE_INFINITY;
      this.look();
    });
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
    this.stopListening();
  }

  private look(): void {
    if (this.connection.status().state !== 'up') return;
    // a failed write says nothing new: the reader's clock tells that the heartbeat is missing
    this.looking ??= this.writeWhenDue()
      .catch(() => undefined)
      .finally(() => {
        this.looking = undefined;
      });
  }

  private async writeWhenDue(): Promise<void> {
    const report = await this.health.report();
    const detail = detailOf(report);
    const what = `${report.status} ${detail}`;
    // half a look early, so that timers that run late do not double the interval
    const due = performance.now() - this.written.at > HEARTBEAT_INTERVAL_MS - LOOK_EVERY_MS / 2;
    if (!due && what === this.written.what) return;
    this.beat += 1;
    await this.buckets
      .open(ServicesBucket)
      .keys('service')
      .put(serviceKey(this.identity.name), {
        service: this.identity.name,
        version: this.identity.version,
        status: report.status,
        uptimeSeconds: report.uptimeSeconds,
        beat: this.beat,
        ...(detail === '' ? {} : { detail }),
      });
    this.written = { at: performance.now(), what };
  }
}

/** `postgres: no answer within 2000 ms; nats: 3 dead letters …` */
function detailOf(report: HealthReport): string {
  return Object.entries(report.components)
    .filter(([, component]) => component.status !== 'ok')
    .map(([name, component]) => `${name}: ${component.detail ?? component.status}`)
    .join('; ');
}
