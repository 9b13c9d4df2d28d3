import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection as NatsClient } from '@nats-io/transport-node';
import { parseNatsUrl } from '@vigil/config';
import { describeError, retryForever, type Log } from '@vigil/service';
import { EventEmitter, setMaxListeners } from 'node:events';
import { NatsUnavailable } from '../errors.js';
import type { NatsSession } from './nats-session.js';
import { allStreams, ensureStreams } from './ensure-streams.js';

/** `connecting`: never up so far; `down`: was up before. */
export type NatsState = 'connecting' | 'up' | 'down' | 'closed';

export interface NatsStatus {
  readonly state: NatsState;
  /** `host:port` of the server, while up. */
  readonly server?: string;
  /** Why it is not up. Never contains credentials. */
  readonly detail?: string;
}

export interface NatsConnectionOptions {
  readonly url: string;
  /** Shown by the server beside the connection. */
  readonly name: string;
  /** Copies of a stream that a cluster keeps; default 1. */
  readonly replicas?: number;
}

/** Attempts at the first connection. */
const FIRST_CONNECT = { initialMs: 100, capMs: 2_000 };
/** Shortest and longest pause between two attempts to reconnect, milliseconds. */
const RECONNECT_MS = { min: 50, max: 2_000 };
const PING_INTERVAL_MS = 5_000;
const API_TIMEOUT_MS = 5_000;
/** For one attempt: a server that dies between the greeting and its answer shows only by silence. */
const CONNECT_TIMEOUT_MS = 2_000;

interface SessionEvents {
  up: [NatsSession];
  down: [];
}

/**
 * The process's connection to NATS. It connects in the background and for ever: a service starts
 * and runs without NATS, and says so in its health.
 */
export class NatsConnection {
  private readonly events = new EventEmitter<SessionEvents>().setMaxListeners(0);
  private readonly closing = new AbortController();
  private client: NatsClient | undefined;
  private current: { session: NatsSession; end: AbortController } | undefined;
  /** Of the session that is being made. */
  private pending: AbortController | undefined;
  /** When the connection was lost, by `performance.now()`. */
  private endedAt = 0;
  private wasUp = false;
  private trouble: string | undefined;
  private running: Promise<void> | undefined;

  constructor(
    private readonly options: NatsConnectionOptions,
    private readonly log: Log,
  ) {}

  /** Begins to connect; returns at once. */
  start(): void {
    this.running ??= this.run();
  }

  status(): NatsStatus {
    if (this.closing.signal.aborted) return { state: 'closed' };
    if (this.current !== undefined) {
      return { state: 'up', server: this.current.session.client.getServer() };
    }
    const detail = this.trouble === undefined ? {} : { detail: this.trouble };
    return { state: this.wasUp ? 'down' : 'connecting', ...detail };
  }

  /**
   * The session, for a call that does not wait.
   * @throws NatsUnavailable when there is none
   */
  require(): NatsSession {
    if (this.current !== undefined) return this.current.session;
    throw new NatsUnavailable(
      `NATS is not available${this.trouble === undefined ? '' : `: ${this.trouble}`}`,
    );
  }

  /** The session, as soon as there is one. Rejects when the signal is aborted or the connection closed. */
  session(signal: AbortSignal): Promise<NatsSession> {
    if (this.current !== undefined) return Promise.resolve(this.current.session);
    const stop = AbortSignal.any([signal, this.closing.signal]);
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void) => {
        this.events.off('up', onUp);
        stop.removeEventListener('abort', onAbort);
        finish();
      };
      const onUp = (session: NatsSession) => {
        settle(() => {
          resolve(session);
        });
      };
      const onAbort = () => {
        settle(() => {
          reject(new NatsUnavailable('stopped waiting for NATS'));
        });
      };
      this.events.on('up', onUp);
      stop.addEventListener('abort', onAbort);
      if (stop.aborted) onAbort();
    });
  }

  /** Calls the listener for the present session and for every later one; returns how to stop that. */
  onUp(listener: (session: NatsSession) => void): () => void {
    if (this.current !== undefined) listener(this.current.session);
    this.events.on('up', listener);
    return () => this.events.off('up', listener);
  }

  onDown(listener: () => void): () => void {
    this.events.on('down', listener);
    return () => this.events.off('down', listener);
  }

  /** Sends what is buffered, then closes. The connection cannot be used again. */
  async close(): Promise<void> {
    if (this.closing.signal.aborted) return;
    const client = this.client;
    this.closing.abort();
    // a drain needs the server; without one it would wait for the reconnect that we no longer want
    if (client !== undefined && !client.isClosed()) {
      await (this.current === undefined
        ? client.close()
        : client.drain().catch(() => client.close()));
    }
    this.endSession('closed');
    await this.running;
  }

  private async run(): Promise<void> {
    const signal = this.closing.signal;
    while (!signal.aborted) {
      try {
        this.client = await this.connectFirst(signal);
      } catch {
        return; // closed before it was ever connected
      }
      if (this.closing.signal.aborted) {
        await this.client.close();
        return;
      }
      await this.follow(this.client);
    }
  }

  /** The client's own loop cannot be stopped before its first connection, hence ours. */
  private connectFirst(signal: AbortSignal): Promise<NatsClient> {
    return retryForever(signal, () => this.connectOnce(), {
      ...FIRST_CONNECT,
      onFailure: (error, attempt) => {
        this.trouble = describeError(error, 200);
        if (attempt === 1)
          this.log.warn('NATS is not reachable, trying on', { reason: this.trouble });
      },
    });
  }

  private async connectOnce(): Promise<NatsClient> {
    const { servers, tls, ...credentials } = parseNatsUrl(this.options.url);
    return connect({
      servers,
      ...credentials,
      ...(tls ? { tls: {} } : {}),
      name: this.options.name,
      maxReconnectAttempts: -1,
      // the client asks before it tells that the connection was lost
      reconnectDelayHandler: () =>
        reconnectDelay(this.current === undefined ? performance.now() - this.endedAt : 0),
      ignoreAuthErrorAbort: true,
      noAsyncTraces: true,
      pingInterval: PING_INTERVAL_MS,
      timeout: CONNECT_TIMEOUT_MS,
    });
  }

  /** Lives with one client: a session per stretch of connection, until the client is closed. */
  private async follow(client: NatsClient): Promise<void> {
    void this.openSession(client);
    for await (const event of client.status()) {
      if (event.type === 'disconnect') this.endSession('the connection was lost');
      if (event.type === 'error') this.trouble = describeError(event.error, 200);
      if (event.type === 'reconnect') void this.openSession(client);
    }
    const reason = await client.closed();
    this.endSession(
      reason instanceof Error ? describeError(reason, 200) : 'the connection was closed',
    );
  }

  private async openSession(client: NatsClient): Promise<void> {
    const end = new AbortController();
    // everything that waits for an answer listens, and there may be many at once
    setMaxListeners(0, end.signal);
    this.pending?.abort();
    this.pending = end;
    const signal = AbortSignal.any([end.signal, this.closing.signal]);
    const manager = await jetstreamManager(client, { checkAPI: false, timeout: API_TIMEOUT_MS });
    try {
      await retryForever(
        signal,
        () => ensureStreams(manager, allStreams(), this.options.replicas ?? 1),
        {
          initialMs: 100,
          capMs: 2_000,
          onFailure: (error) => {
            this.trouble = describeError(error, 200);
          },
        },
      );
      signal.throwIfAborted();
    } catch {
      return; // the connection went away meanwhile; the next one tries again
    }
    const session = {
      client,
      jetstream: jetstream(client, { timeout: API_TIMEOUT_MS }),
      manager,
      ended: end.signal,
    };
    this.pending = undefined;
    this.current = { session, end };
    this.log.info(this.wasUp ? 'NATS is back' : 'connected to NATS', {
      server: client.getServer(),
    });
    this.wasUp = true;
    this.trouble = undefined;
    this.events.emit('up', session);
  }

  private endSession(reason: string): void {
    const ended = this.current;
    // every failed attempt to reconnect ends nothing once more
    if (ended !== undefined || this.pending !== undefined) this.endedAt = performance.now();
    this.pending?.abort();
    this.pending = undefined;
    if (ended === undefined) return;
    this.current = undefined;
    this.trouble = reason;
    if (!this.closing.signal.aborted) this.log.warn('NATS is away', { reason });
    ended.end.abort();
    this.events.emit('down');
  }
}

/** A quarter of the outage so far, with jitter: at once after a short restart, rarely in a long outage. */
function reconnectDelay(awayMs: number): number {
  const { min, max } = RECONNECT_MS;
  return Math.min(max, Math.max(min, awayMs / 4)) * (0.5 + Math.random() / 2);
}
