import { Injectable, type OnModuleInit } from '@nestjs/common';
import { NatsConnection } from '@vigil/messaging';
import { HealthRegistry, type ComponentHealth } from '@vigil/service';
import { Database } from '@vigil/storage';
import { ServiceHeartbeats } from './service-heartbeats.js';

/** Adds the other services to `GET /health`, and says when the collector itself is down. */
@Injectable()
export class CollectorHealth implements OnModuleInit {
  constructor(
    private readonly health: HealthRegistry,
    private readonly heartbeats: ServiceHeartbeats,
    private readonly database: Database,
    private readonly nats: NatsConnection,
  ) {}

  onModuleInit(): void {
    this.health.registerGroup('services', () => this.heartbeats.components());
    this.health.registerGroup('reachability', () => this.reachability(), { critical: true });
  }

  /**
   * With one of the two it still serves: samples are stored without NATS, states are passed on
   * without PostgreSQL. Without both nothing can be accepted and nothing answered.
   */
  private reachability(): Record<string, ComponentHealth> {
    if (this.database.isUp() || this.nats.status().state === 'up') return {};
    const detail = 'neither PostgreSQL nor NATS is reachable: nothing is accepted or answered';
    return { collector: { status: 'down', detail } };
  }
}
