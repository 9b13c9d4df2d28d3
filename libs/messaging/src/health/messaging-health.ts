import { type HealthRegistry, type ComponentHealth } from '@vigil/service';
import { type NatsConnection } from '../connection/nats-connection.js';
import { countDeadLetters } from '../consume/dead-letters.js';
import { type JetStreamStrategy } from '../consume/jetstream-strategy.js';

/** Dead letters are counted at most this often, milliseconds. */
const COUNT_EVERY_MS = 5_000;

/** What the service says about its NATS: connected, consumers bound, messages that were given up. */
export class MessagingHealth {
  private counted = 0;
  private countedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly connection: NatsConnection,
    private readonly strategy: JetStreamStrategy,
    health: HealthRegistry,
  ) {
    health.register('nats', () => this.check(), { gatesReadiness: true });
  }

  /** Dead letters of this service's consumers; the last known number while NATS is away. */
  async deadLetters(): Promise<number> {
    if (performance.now() - this.countedAt < COUNT_EVERY_MS) return this.counted;
    if (this.connection.status().state !== 'up') return this.counted;
    this.counted = await countDeadLetters(this.connection.require(), this.strategy.consumers());
    this.countedAt = performance.now();
    return this.counted;
  }

  private async check(): Promise<ComponentHealth> {
    const status = this.connection.status();
    if (status.state !== 'up') {
      return { status: 'down', detail: status.detail ?? 'not connected yet' };
    }
    const { client } = this.connection.require();
    const latencyMs = await client.rtt();
    if (!this.strategy.isBound())
      return { status: 'down', latencyMs, detail: 'consumers are being set up' };
    const dead = await this.deadLetters();
    if (dead === 0) return { status: 'ok', latencyMs };
    const detail = `${dead} dead ${dead === 1 ? 'letter' : 'letters'} in the stream DEAD_LETTERS`;
    return { status: 'degraded', latencyMs, detail };
  }
}
