import { Injectable } from '@nestjs/common';
import type { OrderedMessageContext } from '@vigil/messaging';
import { Clock } from '@vigil/service';

/** What is heard within so long counts together, milliseconds: then a server whose clock was set back is believed. */
const WINDOW_MS = 60_000;

/** What a message says about the server's clock. */
export type Heard = Pick<OrderedMessageContext, 'timestamp' | 'ageMs'>;

/**
 * What the clock of the NATS server shows, told from what it stamps, so that the age of a message does
 * not rest on two clocks that agree. A message proves that the server's clock shows at least its stamp
 * and what it had lain; of several the one that was on its way for the shortest time is right.
 */
@Injectable()
export class StreamClock {
  /** How far the server's clock is ahead of our monotonic one, milliseconds: of this window and the last. */
  private ahead:
    { readonly since: number; readonly now: number; readonly before: number } | undefined;

  constructor(private readonly clock: Clock) {}

  /** Takes note of a message as it arrives. @param now `performance.now()` */
  heard({ timestamp, ageMs }: Heard, now = performance.now()): void {
    const told = timestamp + ageMs - now;
    if (this.ahead === undefined || now - this.ahead.since > WINDOW_MS) {
      this.ahead = { since: now, now: told, before: this.ahead?.now ?? told };
    } else {
      this.ahead = { ...this.ahead, now: Math.max(told, this.ahead.now) };
    }
  }

  /**
   * How long ago the stream took what it stamped with `timestamp` (Unix ms), in milliseconds.
   * Before anything was heard, the host's own clock has to do.
   */
  ageOf(timestamp: number, now = performance.now()): number {
    const shown =
      this.ahead === undefined
        ? this.clock.now()
        : now + Math.max(this.ahead.now, this.ahead.before);
    return Math.max(0, shown - timestamp);
  }
}
