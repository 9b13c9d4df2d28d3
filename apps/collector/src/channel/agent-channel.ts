import { AgentUplink, type AgentDownlink } from '@vigil/contracts';
import type { Log } from '@vigil/service';
import type { z } from 'zod';

/** The part of a WebSocket that a channel needs. */
export interface ChannelSocket {
  readonly readyState: number;
  readonly bufferedAmount: number;
  send(text: string, done: (error?: Error | null) => void): void;
  ping(): void;
  close(code: number, reason: string): void;
  terminate(): void;
  on(event: 'message', listener: (data: Buffer, isBinary: boolean) => void): unknown;
  on(event: 'pong' | 'close', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** Which channel of which agent it is. */
export interface ChannelIdentity {
  readonly host: string;
  readonly id: string;
  /** Unix ms. */
  readonly openedAt: number;
}

export interface ChannelEvents {
  /** The agent said something; the next message waits until this is handled. Must not reject. */
  readonly onMessage: (message: AgentUplink) => Promise<void>;
  /** It gave a sign of life. */
  readonly onAlive: () => void;
  readonly onClose: () => void;
}

/** Why a channel was closed, as WebSocket codes of our own. */
export const CLOSE_CODES = {
  replaced: 4001,
  removed: 4003,
  'protocol-error': 4400,
  'too-much': 4429,
} as const;

const OPEN = 1;
const PING_MS = 10_000;
/** Without a sign of life for so long the connection is dead, whatever TCP believes. */
const SILENCE_MS = 25_000;
/** Bytes that may wait for the network before commands are refused instead. */
const MAX_BUFFERED = 8 * 1024 * 1024;
/** Messages that may wait to be handled. */
const MAX_PENDING = 256;

/** The connection that one agent has opened. */
export class AgentChannel {
  private lastAliveAt = performance.now();
  private handling = Promise.resolve();
  private pending = 0;
  private readonly heartbeat: NodeJS.Timeout;

  readonly host: string;
  readonly id: string;
  readonly openedAt: number;

  constructor(
    identity: ChannelIdentity,
    private readonly socket: ChannelSocket,
    private readonly events: ChannelEvents,
    private readonly log: Log,
  ) {
    ({ host: this.host, id: this.id, openedAt: this.openedAt } = identity);
    this.heartbeat = setInterval(() => this.checkAlive(), PING_MS);
    socket.on('pong', () => this.alive());
    socket.on('message', (data) => this.receive(data));
    socket.on('error', () => undefined); // a close follows
    socket.on('close', () => {
      clearInterval(this.heartbeat);
      this.events.onClose();
    });
  }

  /** True when the message was written to the connection. */
  deliver(message: z.input<typeof AgentDownlink>): Promise<boolean> {
    if (this.socket.readyState !== OPEN || this.socket.bufferedAmount > MAX_BUFFERED) {
      return Promise.resolve(false);
    }
    return new Promise((resolve) => {
      this.socket.send(JSON.stringify(message), (error) =>
        resolve(error === undefined || error === null),
      );
    });
  }

  close(reason: keyof typeof CLOSE_CODES): void {
    this.socket.close(CLOSE_CODES[reason], reason);
  }

  private receive(data: Buffer): void {
    this.alive();
    const message = AgentUplink.safeParse(parseJson(data));
    if (!message.success) {
      this.log.warn('an agent sent what is no message', { host: this.host });
      this.close('protocol-error');
      return;
    }
    if (this.pending >= MAX_PENDING) {
      this.close('too-much');
      return;
    }
    this.pending += 1;
    this.handling = this.handling
      .then(() => this.events.onMessage(message.data))
      .finally(() => {
        this.pending -= 1;
      });
  }

  private alive(): void {
    this.lastAliveAt = performance.now();
    this.events.onAlive();
  }

  private checkAlive(): void {
    if (performance.now() - this.lastAliveAt > SILENCE_MS) this.socket.terminate();
    else this.socket.ping();
  }
}

function parseJson(data: Buffer): unknown {
  try {
    return JSON.parse(data.toString('utf8'));
  } catch {
    return undefined;
  }
}
