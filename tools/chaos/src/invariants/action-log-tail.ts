import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { ActionLogEntry } from '@vigil/contracts';
import { setTimeout as pause } from 'node:timers/promises';

const STREAM = 'ACTION_LOG';
const INTERVAL_MS = 250;
const PATIENCE_MS = 2_000;

/** Follows the log of all actions from its beginning, over every loss of the server. */
export class ActionLogTail {
  readonly entries: ActionLogEntry[] = [];
  private sequence = 0;
  private reading: Promise<void> = Promise.resolve();
  private stopped = false;
  private readonly following: Promise<void>;

  private constructor(private readonly connection: NatsConnection) {
    this.following = this.follow();
  }

  static async start(natsUrl: string): Promise<ActionLogTail> {
    const { username, password, host } = new URL(natsUrl);
    const connection = await connect({
      servers: host,
      user: username,
      pass: decodeURIComponent(password),
      maxReconnectAttempts: -1,
      reconnectTimeWait: INTERVAL_MS,
    });
    return new ActionLogTail(connection);
  }

  /** Reads what has come since, one reader after another; rejects while the server is away. */
  async read(): Promise<void> {
    const reading = this.reading.then(() => this.readOn());
    this.reading = reading.catch(() => undefined);
    return reading;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.following;
    await this.connection.close();
  }

  private async follow(): Promise<void> {
    while (!this.stopped) {
      await this.read().catch(() => undefined);
      await pause(INTERVAL_MS);
    }
  }

  private async readOn(): Promise<void> {
    const manager = await jetstreamManager(this.connection, { timeout: PATIENCE_MS });
    const { state } = await manager.streams.info(STREAM);
    while (this.sequence < state.last_seq) {
      const message = await manager.streams.getMessage(STREAM, { seq: this.sequence + 1 });
      this.sequence += 1;
      if (message !== null) this.entries.push(ActionLogEntry.parse(message.json()));
    }
  }
}
