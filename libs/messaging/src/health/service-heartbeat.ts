import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { HEARTBEAT_INTERVAL_MS, serviceKey, ServicesBucket } from '@vigil/contracts';
import { type HealthRegistry, type ServiceIdentity, type HealthReport } from '@vigil/service';
import { type NatsConnection } from '../connection/nats-connection.js';
import { type Buckets } from '../kv/buckets.js';

/** Writes every few seconds to the bucket `services` how this service is; also right after a reconnect. */
export class HeartbeatWriter implements OnApplicationBootstrap, OnModuleDestroy {
  private beat = 0;
  private timer: NodeJS.Timeout | undefined;
  private stopListening = () => {};
  private writing: Promise<void> | undefined;

  constructor(
    private readonly connection: NatsConnection,
    private readonly buckets: Buckets,
    private readonly health: HealthRegistry,
    private readonly identity: ServiceIdentity,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.write(), HEARTBEAT_INTERVAL_MS);
    this.stopListening = this.connection.onUp(() => {
      this.write();
    });
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
    this.stopListening();
  }

  private write(): void {
    if (this.connection.status().state !== 'up') return;
    // a failed write says nothing new: the reader's clock tells that the heartbeat is missing
    this.writing ??= this.writeNow()
      .catch(() => undefined)
      .finally(() => {
        this.writing = undefined;
      });
  }

  private async writeNow(): Promise<void> {
    const report = await this.health.report();
    const detail = detailOf(report);
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
  }
}

/** `postgres: no answer within 2000 ms; nats: 3 dead letters …` */
function detailOf(report: HealthReport): string {
  return Object.entries(report.components)
    .filter(([, component]) => component.status !== 'ok')
    .map(([name, component]) => `${name}: ${component.detail ?? component.status}`)
    .join('; ');
}
