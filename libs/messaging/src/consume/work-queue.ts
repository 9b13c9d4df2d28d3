import type { JsMsg } from '@nats-io/jetstream';
import type { NatsSession } from '../connection/nats-connection.js';

/** Settles one message; never rejects. */
export type HandleDelivery = (message: JsMsg, session: NatsSession) => Promise<void>;

export interface WorkQueueOptions {
  /** Messages handled at the same time. */
  readonly concurrency: number;
  /** Messages held at the same time, those being handled included. */
  readonly capacity: number;
  /** How often the server is told that a message is still being worked on. */
  readonly heartbeatMs: number;
  readonly handle: HandleDelivery;
}

interface Delivery {
  readonly message: JsMsg;
  readonly session: NatsSession;
}

/**
 * The messages that this process holds: some being handled, some waiting. All of them send signs of
 * life, so that a slow handler is not taken for a dead one; none of them outlives its session.
 */
export class WorkQueue {
  private readonly waiting: Delivery[] = [];
  private readonly running = new Map<Delivery, Promise<void>>();
  private heartbeat: NodeJS.Timeout | undefined;
  private wakeUp: (() => void) | undefined;
  private closed = false;

  constructor(private readonly options: WorkQueueOptions) {}

  /** How many messages may be added now. */
  free(): number {
    return this.options.capacity - this.waiting.length - this.running.size;
  }

  /** Resolves when at least half of the capacity is free, or the queue is closed. */
  async room(): Promise<void> {
    while (!this.closed && this.free() < Math.max(1, this.options.capacity / 2)) {
      await new Promise<void>((resolve) => {
        this.wakeUp = resolve;
      });
    }
  }

  add(message: JsMsg, session: NatsSession): void {
    if (this.closed) {
      giveBack({ message, session });
      return;
    }
    this.waiting.push({ message, session });
    this.heartbeat ??= setInterval(() => {
      this.beat();
    }, this.options.heartbeatMs);
    this.dispatch();
  }

  /** Gives back what has not begun, and waits for what has. */
  async close(): Promise<void> {
    this.closed = true;
    for (const delivery of this.waiting.splice(0)) giveBack(delivery);
    this.wake();
    await Promise.all(this.running.values());
  }

  private dispatch(): void {
    while (this.running.size < this.options.concurrency) {
      const delivery = this.waiting.shift();
      if (delivery === undefined) break;
      // it was sent to a connection that is gone; the server will send it again
      if (delivery.session.ended.aborted) continue;
      this.running.set(delivery, this.handle(delivery));
    }
    if (this.waiting.length === 0 && this.running.size === 0) {
      clearInterval(this.heartbeat);
      this.heartbeat = undefined;
    }
    this.wake();
  }

  private async handle(delivery: Delivery): Promise<void> {
    // handlers start in a turn of their own: the delivery is registered before it can end
    await Promise.resolve();
    try {
      await this.options.handle(delivery.message, delivery.session);
    } finally {
      this.running.delete(delivery);
      this.dispatch();
    }
  }

  private beat(): void {
    for (const { message, session } of [...this.running.keys(), ...this.waiting]) {
      if (!session.ended.aborted) message.working();
    }
  }

  private wake(): void {
    this.wakeUp?.();
    this.wakeUp = undefined;
  }
}

/** Another instance, or the next start, gets it at once instead of after the wait. */
function giveBack({ message, session }: Delivery): void {
  if (!session.ended.aborted) message.nak();
}
