import { AgentDownlink, type AgentUplink } from '@vigil/contracts';
import { WebSocket, type RawData } from 'ws';
import type { Credentials } from '../enrolment/credentials.js';
import { backoffDelay, type BackoffPolicy } from '../http/backoff.js';
import type { Log } from '../log/log.js';
import { SayOnce } from '../log/say-once.js';
import { InterruptiblePause } from '../waiting/interruptible-pause.js';

/** The first retry is fast: most breaks are a restart of the collector. */
const RECONNECT: BackoffPolicy = { initialMs: 250, capMs: 30_000 };
const NOT_AUTHORISED_PAUSE_MS = 30_000;

/** Code of the collector: another agent of this name has connected. */
const REPLACED = 4001;

/**
 * A collector that lets us in and ends the connection at once, again and again, is not asked at full
 * speed: only a connection that has lasted this long makes the next retry a fast one.
 */
const LASTING_MS = 5_000;

const HANDSHAKE_TIMEOUT_MS = 10_000;
const CLOSE_PATIENCE_MS = 1_000;

/** A signed command of the largest size that the contract allows, with JSON's escapes. */
const MAX_MESSAGE_BYTES = 2 * 1024 * 1024;
const SAY_AGAIN_MS = 5 * 60_000;

export interface ChannelAddress {
  /** Of the collector, `http:` or `https:`. */
  readonly collectorUrl: URL;
  readonly credentials: Credentials;
}

export interface ChannelTiming {
  readonly pingEveryMs: number;
  /** A connection that has been silent for this long is dead, whatever TCP believes. */
  readonly silenceMs: number;
  /** Monotonic, milliseconds. */
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Between two attempts. */
  readonly pausing: Pick<InterruptiblePause, 'wait' | 'interrupt'>;
}

export interface ChannelEvents {
  /** The channel is open; what it returns is sent first. */
  onOpen(): AgentUplink[];
  onMessage(message: AgentDownlink): void;
}

/**
 * The connection that this agent opened to the collector and over which it is commanded. It is
 * opened again whenever it breaks.
 */
export class Channel {
  private socket: WebSocket | undefined;
  private readonly saying = new SayOnce(SAY_AGAIN_MS);
  private readonly timing: ChannelTiming;

  constructor(
    private readonly address: ChannelAddress,
    private readonly events: ChannelEvents,
    private readonly log: Log,
    timing: Partial<ChannelTiming> = {},
  ) {
    this.timing = {
      pingEveryMs: 10_000,
      silenceMs: 25_000,
      now: () => performance.now(),
      random: Math.random,
      pausing: new InterruptiblePause(),
      ...timing,
    };
  }

  get isOpen(): boolean {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  /** Sends when the channel is open; false when it is not. */
  send(message: AgentUplink): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  /** Keeps the channel open until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { now, random, pausing } = this.timing;
    let attempt = 0;
    while (!signal.aborted) {
      const { key } = this.address.credentials;
      const begunAt = now();
      const ending = await this.connectOnce(key, signal);
      if (signal.aborted) return;
      if (ending.wasOpen && now() - begunAt >= LASTING_MS) attempt = 0;
      if (this.saying.shouldSay(ending.why)) {
        this.log.warn('the channel to the collector is closed', { why: ending.why });
      }
      const pause = ending.isRefusal
        ? NOT_AUTHORISED_PAUSE_MS
        : backoffDelay(attempt, RECONNECT, random());
      attempt += 1;
      await pausing.wait(pause, signal);
    }
  }

  /** The collector can be reached again, or there is another key: no need to wait for the end of a pause. */
  nudge(): void {
    if (!this.address.credentials.isRefused) this.timing.pausing.interrupt();
  }

  /** Opens a connection and resolves when it has ended. */
  private connectOnce(key: string, signal: AbortSignal): Promise<ChannelEnd> {
    return new Promise((resolve) => {
      const socket = new WebSocket(channelUrl(this.address), {
        headers: { authorization: `Bearer ${key}` },
        handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
        maxPayload: MAX_MESSAGE_BYTES,
        perMessageDeflate: false,
        followRedirects: false,
      });
      this.socket = socket;
      let why: string | undefined;
      let wasOpen = false;
      let isRefusal = false;
      const watch = new SilenceWatch(socket, this.timing);
      const close = () => {
        socket.close(1001, 'the agent ends');
        // a collector that hangs does not answer the closing handshake
        setTimeout(() => socket.terminate(), CLOSE_PATIENCE_MS).unref();
      };
      signal.addEventListener('abort', close);
      socket.on('open', () => {
        wasOpen = true;
        this.address.credentials.accept(key);
        watch.start();
        if (this.saying.recovered()) this.log.info('the channel to the collector is open again');
        for (const message of this.events.onOpen()) this.send(message);
      });
      socket.on('message', (data, isBinary) => {
        watch.heard();
        if (!isBinary) this.receive(data);
      });
      socket.on('unexpected-response', (_request, response) => {
        why = `the collector answered ${String(response.statusCode)}`;
        isRefusal = response.statusCode === 401 || response.statusCode === 403;
        if (response.statusCode === 401) this.address.credentials.refuse(key);
        socket.terminate();
      });
      socket.on('error', (error) => {
        // the end of an answered upgrade is an error too, and says less
        why ??= error.message;
      });
      socket.on('close', (code, reason) => {
        watch.stop();
        isRefusal ||= code === REPLACED;
        signal.removeEventListener('abort', close);
        const said = reason.toString('utf8');
        const closing = `closed with code ${code}${said === '' ? '' : ` ${said}`}`;
        if (watch.wasSilent) why = 'no sign of life';
        resolve({ why: why ?? closing, wasOpen, isRefusal });
      });
    });
  }

  private receive(data: RawData): void {
    const message = AgentDownlink.safeParse(parseJson(data));
    if (message.success) this.events.onMessage(message.data);
    else this.log.warn('a message of the collector is not understood');
  }
}

interface ChannelEnd {
  readonly why: string;
  readonly wasOpen: boolean;
  readonly isRefusal: boolean;
}

/** Pings, and ends a connection over which nothing comes back. */
class SilenceWatch {
  private timer: NodeJS.Timeout | undefined;
  private heardAt = 0;
  wasSilent = false;

  constructor(
    private readonly socket: WebSocket,
    private readonly timing: Pick<ChannelTiming, 'pingEveryMs' | 'silenceMs' | 'now'>,
  ) {
    socket.on('pong', () => this.heard());
    socket.on('ping', () => this.heard());
  }

  heard(): void {
    this.heardAt = this.timing.now();
  }

  start(): void {
    const { pingEveryMs, silenceMs, now } = this.timing;
    this.heard();
    this.timer = setInterval(() => {
      this.wasSilent = now() - this.heardAt > silenceMs;
      if (this.wasSilent) this.socket.terminate();
      // the collector asks too: what it says is a sign of life
      else if (now() - this.heardAt >= pingEveryMs / 2) this.socket.ping();
    }, pingEveryMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }
}

function channelUrl({ collectorUrl, credentials: { agentId } }: ChannelAddress): URL {
  const path = collectorUrl.pathname.replace(/\/$/, '');
  const url = new URL(`${path}/agents/${encodeURIComponent(agentId)}/channel`, collectorUrl);
  url.protocol = collectorUrl.protocol === 'https:' ? 'wss:' : 'ws:';
  return url;
}

function parseJson(data: RawData): unknown {
  try {
    const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(new Uint8Array(data));
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
