import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { HEARTBEAT_TIMEOUT_MS, ServicesBucket, type ServiceHeartbeat } from '@vigil/contracts';
import { Buckets, NatsConnection, type OrderedSubscription } from '@vigil/messaging';
import { Clock, type ComponentHealth } from '@vigil/service';

/** A service that has been silent for so long is taken as no longer deployed, milliseconds. */
const FORGET_AFTER_MS = 24 * 3_600_000;
/** The collector asks itself. */
const SELF = 'collector';

interface Heard {
  readonly heartbeat: ServiceHeartbeat;
  /** By this process's clock. */
  readonly at: number;
}

/** What the other services say about themselves. */
@Injectable()
export class ServiceHeartbeats implements OnModuleInit, OnModuleDestroy {
  private readonly heard = new Map<string, Heard>();
  private watch: OrderedSubscription | undefined;
  private live = false;

  constructor(
    private readonly buckets: Buckets,
    private readonly nats: NatsConnection,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.watch = this.buckets.open(ServicesBucket).watch({
      onChange: (change) => {
        if (change.kind !== 'put') return;
        const now = this.clock.now();
        // what was there before may be hours old; then the server's clock is the only witness
        const at = this.live ? now : Math.min(now, change.writtenAt);
        this.heard.set(change.value.service, { heartbeat: change.value, at });
      },
      onReady: () => {
        this.live = true;
      },
      onReset: () => {
        this.live = false;
      },
    });
  }

  async onModuleDestroy(): Promise<void> {
    await this.watch?.stop();
  }

  /** The health of each service that was ever heard; those that are not deployed are absent. */
  components(): Record<string, ComponentHealth> {
    const now = this.clock.now();
    const connected = this.nats.status().state === 'up';
    const components: Record<string, ComponentHealth> = {};
    for (const [service, heard] of this.heard) {
      if (service === SELF || now - heard.at > FORGET_AFTER_MS) continue;
      components[service] = healthOf(heard, now, connected);
    }
    return components;
  }
}

function healthOf({ heartbeat, at }: Heard, now: number, connected: boolean): ComponentHealth {
  const silentMs = now - at;
  if (silentMs <= HEARTBEAT_TIMEOUT_MS) {
    const { status, detail } = heartbeat;
    return detail === undefined ? { status } : { status, detail };
  }
  const silence = `silent for ${Math.round(silentMs / 1000)} s`;
  // without NATS nobody can be heard: that says nothing about them
  return connected
    ? { status: 'down', detail: silence }
    : { status: 'degraded', detail: `${silence}: NATS is away` };
}
