import type { JsMsg } from '@nats-io/jetstream';
import type { NatsSession } from '../connection/nats-session.js';

/** Settles one message; never rejects. */
export type HandleDelivery = (message: JsMsg, session: NatsSession) => Promise<void>;

export interface SlotsOptions {
  /** Messages handled at the same time. */
  readonly concurrency: number;
  /** How often the server is told that a message is still being worked on. */
  readonly heartbeatMs: number;
  readonly handle: HandleDelivery;
}

interface Delivery {
  readonly message: JsMsg;
  readonly session: NatsSession;
}

/**
 * The messages that this process handles now. It holds no others: nats-server 2.9 mixes up the
 * redelivery of messages that are given back while the pull that brought them is being abandoned
 * (the last one comes twice, an earlier one only after the acknowledgement wait).
 * All of them send signs of life, so that a slow handler is not taken for a dead one.
 */
export class Slots {
  private readonly running = new Map<Delivery, Promise<void>>();
  private heartbeat: NodeJS.Timeout | undefined;
  private wakeUp: (() => void) | undefined;
  private closed = false;

  constructor(private readonly options: SlotsOptions) {}

  /** How many messages may be added now. */
  free(): number {
    return this.options.concurrency - this.running.size;
  }

  /** Resolves when there is a free slot, or everything is closed. */
  async room(): Promise<void> {
    while (!this.closed && this.free() < 1) {
      await new Promise<void>((resolve) => {
        this.wakeUp = resolve;
      });
    }
  }

  /** Begins to handle the message. */
  add(message: JsMsg, session: NatsSession): void {
    if (this.closed) {
      // another instance, or the next start, gets it at once instead of after the wait
      if (!session.ended.aborted) message.nak();
      return;
    }
    const delivery = { message, session };
    this.heartbeat ??= setInterval(() => {
      this.beat();
    }, this.options.heartbeatMs);
    this.running.set(delivery, this.handle(delivery));
  }

  /** Takes no more, and waits for what runs. */
  async close(): Promise<void> {
    this.closed = true;
    this.wake();
    await Promise.all(this.running.values());
  }

  private async handle(delivery: Delivery): Promise<void> {
    // in a turn of its own: the delivery is registered before it can end
    await Promise.resolve();
    try {
      await this.options.handle(delivery.message, delivery.session);
    } finally {
      this.running.delete(delivery);
      if (this.running.size === 0) {
        clearInterval(this.heartbeat);
        this.heartbeat = undefined;
      }
      this.wake();
    }
  }

  private beat(): void {
    for (const { message, session } of this.running.keys()) {
      if (!session.ended.aborted) message.working();
    }
  }

  private wake(): void {
    this.wakeUp?.();
    this.wakeUp = undefined;
  }
}
