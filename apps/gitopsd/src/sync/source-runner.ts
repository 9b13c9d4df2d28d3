import type { NatsConnection, OrderedSubscription } from '@vigil/messaging';
import type { Clock, Log } from '@vigil/service';
import type { Database } from '@vigil/storage';
import type { LocalSource } from '../source/local-source.js';
import { SourceWatch } from '../source/source-watch.js';
import { SourceLoop } from './source-loop.js';
import type { SourceStatusStore } from './source-status.store.js';
import type { Suspension } from './suspension.js';
import type { SyncOutcome } from './sync-outcome.js';
import type { SyncSource } from './sync-source.js';

/** Changes of a directory that went unnoticed are found after this time. */
const DIRECTORY_POLL_MS = 10_000;
/** At most this much is added at random, so that many sources do not fetch at once. */
const MAX_POLL_JITTER_MS = 60_000;

export interface SourceRunnerParts {
  readonly source: LocalSource;
  readonly sync: SyncSource;
  readonly status: SourceStatusStore;
  readonly suspension: Suspension;
  readonly database: Database;
  readonly nats: NatsConnection;
  readonly gitPollIntervalMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** One source from start to stop: its loop, and everything that wakes it. */
export class SourceRunner {
  readonly name: string;
  private readonly loop: SourceLoop;
  private readonly watch: SourceWatch;
  private readonly unsubscribe: (() => void)[] = [];
  private controls: OrderedSubscription | undefined;

  constructor(private readonly parts: SourceRunnerParts) {
    const { source, sync, status, clock, log } = parts;
    this.name = source.name;
    this.watch = new SourceWatch(() => this.loop.trigger(), log);
    this.loop = new SourceLoop({
      source,
      sync,
      status,
      pollIntervalMs: () => pollInterval(source.kind, parts.gitPollIntervalMs),
      afterAttempt: () => this.watchSource(),
      clock,
      log,
    });
  }

  start(): void {
    const { nats, database, suspension, source } = this.parts;
    // a server that comes back may have lost what was written to it
    this.unsubscribe.push(nats.onUp(() => this.loop.restart()));
    this.unsubscribe.push(database.onUp(() => this.loop.restart()));
    this.controls = suspension.watch(source.name, () => this.loop.trigger());
    this.loop.start();
  }

  async stop(): Promise<void> {
    for (const unsubscribe of this.unsubscribe) unsubscribe();
    await this.loop.stop();
    await this.controls?.stop();
    await this.watch.stop();
  }

  syncNow(correlationId: string): Promise<SyncOutcome> {
    return this.loop.syncNow(correlationId);
  }

  lastOutcome(): SyncOutcome | undefined {
    return this.loop.lastOutcome();
  }

  /** What is in force now, when it is known. */
  inForce(): string | undefined {
    return this.parts.sync.summary()?.revision;
  }

  private async watchSource(): Promise<void> {
    const isNew = await this.watch.follow(await this.parts.source.watchTargets());
    if (isNew) this.loop.trigger();
  }
}

function pollInterval(kind: 'directory' | 'git', gitPollIntervalMs: number): number {
  if (kind === 'directory') return DIRECTORY_POLL_MS;
  const jitter = Math.random() * Math.min(MAX_POLL_JITTER_MS, gitPollIntervalMs / 2);
  return Math.round(gitPollIntervalMs + jitter);
}
