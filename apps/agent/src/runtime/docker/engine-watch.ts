import { setTimeout as pause } from 'node:timers/promises';
import { backoffDelay, type BackoffPolicy } from '../../http/backoff.js';
import type { Log } from '../../log/log.js';
import { SayOnce } from '../../log/say-once.js';
import { EngineAway } from './engine/engine-error.js';
import { Engine } from './engine/engine.js';
import type { EngineEvent } from './engine/engine-answers.js';

const RECONNECT: BackoffPolicy = { initialMs: 100, capMs: 3_000 };
/** An engine may be installed while we run. */
const LOOK_FOR_SOCKET_MS = 30_000;
const PING_EVERY_MS = 5_000;
/** DESIGN 5: everything is looked at this often, whatever the events say. */
const FULL_PASS_MS = 30_000;
/** A stream that ends again and again must not keep us busy. */
const BETWEEN_STREAMS_MS = 50;
const SAY_AGAIN_MS = 5 * 60_000;
/**
 * How far back the engine is asked at first, for what was done while nobody listened: as far as the ledger
 * of commands surely tells what of that was our own. Docker remembers no more than 256 events.
 */
const LOOK_BACK_MS = 5 * 60_000;

export interface WatchListener {
  /** True when something of this host runs in an engine, also when there is none now. */
  isExpected(): boolean;
  /** The engine answers: everything may have changed since it last did. */
  onConnected(engine: Engine): Promise<void>;
  /** From time to time. */
  onFullPass(): Promise<void>;
  /** @param isLive false for what happened before the engine was reached, this time */
  onEvent(event: EngineEvent, isLive: boolean): void;
  /** Whether it answers is not what it was. */
  onKnown(isKnown: boolean): void;
}

/** Keeps the connection to the engine of this host, and knows whether it answers. */
export class EngineWatch {
  private current: { readonly path: string; readonly engine: Engine } | undefined;
  /**
   * Where an engine has answered. An engine elsewhere on this host has none of its containers: those of Vigil
   * would look as if they were removed while it is away.
   */
  private foundAt: string | undefined;
  private answers = false;
  private wasThere = false;
  private following: AbortController | undefined;
  /** Of the events of this engine, the latest; Unix ms. */
  private lastEventAt: number | undefined;
  private readonly stopping = new AbortController();
  private readonly saying = new SayOnce(SAY_AGAIN_MS);
  private running: Promise<void> | undefined;

  constructor(
    /** The engine's socket; undefined where there is none. */
    private readonly socket: () => string | undefined,
    private readonly listener: WatchListener,
    private readonly log: Log,
  ) {}

  /** True once there was an engine: one that is away is not one that does not exist. */
  get isPresent(): boolean {
    return this.wasThere;
  }

  get isKnown(): boolean {
    return this.answers;
  }

  /** @throws EngineAway while it does not answer */
  engine(): Engine {
    if (this.current === undefined) throw new EngineAway('the engine does not answer');
    return this.current.engine;
  }

  start(): void {
    this.wasThere ||= this.listener.isExpected();
    this.running ??= this.run(this.stopping.signal);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.following?.abort();
    await this.running;
    this.current?.engine.end();
  }

  /** Something says that it does not answer: nothing is known until it has answered again. */
  doubt(): void {
    this.setKnown(false);
    this.following?.abort();
  }

  private async run(signal: AbortSignal): Promise<void> {
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      const kept = this.listener.isExpected() ? this.foundAt : undefined;
      const path = kept ?? this.socket();
      if (path === undefined) {
        this.setKnown(false);
        const pauseMs = this.wasThere ? reconnectDelay(attempt) : LOOK_FOR_SOCKET_MS;
        await rest(pauseMs, signal);
        continue;
      }
      try {
        const engine = await this.engineAt(path);
        await engine.ping();
        this.wasThere = true;
        this.foundAt = path;
        attempt = 0;
        await this.follow(engine, signal);
        await rest(BETWEEN_STREAMS_MS, signal);
      } catch (error) {
        this.setKnown(false);
        const why = error instanceof Error ? error.message : String(error);
        if (this.wasThere && !signal.aborted && this.saying.shouldSay(why)) {
          this.log.warn('the container engine does not answer', { why, socket: path });
        }
        await rest(reconnectDelay(attempt), signal);
      }
    }
  }

  private async engineAt(path: string): Promise<Engine> {
    if (this.current?.path !== path) {
      this.current?.engine.end();
      this.current = { path, engine: await Engine.at(path) };
    }
    return this.current.engine;
  }

  /** Returns when the stream of events has ended: the engine is asked at once whether it is there. */
  private async follow(engine: Engine, stopping: AbortSignal): Promise<void> {
    const following = new AbortController();
    this.following = following;
    const signal = AbortSignal.any([stopping, following.signal]);
    const connectedAt = Date.now();
    // the clock may have been set back
    const known = this.lastEventAt && Math.min(this.lastEventAt, connectedAt);
    const doubt = (error: unknown) => {
      this.log.debug('the container engine is in doubt', { why: String(error) });
      if (this.following === following) this.doubt();
    };
    const timers = [
      setInterval(() => void engine.ping().catch(doubt), PING_EVERY_MS),
      setInterval(() => void this.listener.onFullPass().catch(doubt), FULL_PASS_MS),
    ];
    try {
      const events = await engine.events(known ?? connectedAt - LOOK_BACK_MS, signal);
      await this.listener.onConnected(engine);
      this.setKnown(true);
      if (this.saying.recovered()) this.log.info('the container engine answers again');
      for await (const event of events) {
        const isLive = event.at >= connectedAt;
        // what happens at the same time is not told in the order of its times
        if (!isLive && known !== undefined && event.at <= known) continue;
        this.lastEventAt = Math.max(event.at, this.lastEventAt ?? 0);
        this.listener.onEvent(event, isLive);
      }
    } finally {
      for (const timer of timers) clearInterval(timer);
      following.abort();
    }
  }

  private setKnown(answers: boolean): void {
    if (this.answers === answers) return;
    this.answers = answers;
    this.listener.onKnown(answers);
  }
}

function reconnectDelay(attempt: number): number {
  return backoffDelay(attempt, RECONNECT, Math.random());
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal }).catch(() => undefined);
}
