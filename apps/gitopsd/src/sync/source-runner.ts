import type { Log } from '@vigil/service';
import type { ManifestSource } from '../source/manifest-source.js';
import { SourceWatch } from '../source/source-watch.js';
import { SourceLoop } from './source-loop.js';
import type { SourceReport } from './source-report.js';
import type { SourceSignals } from './source-signals.js';
import type { SyncOutcome } from './sync-outcome.js';
import type { SyncSource } from './sync-source.js';

/** Changes of a directory that went unnoticed are found after this time. */
const DIRECTORY_POLL_MS = 10_000;
/** At most this much is added at random, so that many sources do not fetch at once. */
const MAX_POLL_JITTER_MS = 60_000;

export interface SourceRunnerParts {
  readonly source: ManifestSource;
  readonly sync: SyncSource;
  readonly report: SourceReport;
  readonly signals: SourceSignals;
  readonly gitPollIntervalMs: number;
  /** Another revision has come into force. */
  readonly onApplied: () => void;
  readonly log: Log;
}

/** One source from start to stop: its loop, and everything that wakes it. */
export class SourceRunner {
  readonly name: string;
  private readonly loop: SourceLoop;
  private readonly watch: SourceWatch;
  private stopListening: (() => Promise<void>) | undefined;

  constructor(private readonly parts: SourceRunnerParts) {
    const { source, sync, report, log } = parts;
    this.name = source.name;
    this.watch = new SourceWatch(() => this.loop.trigger(), log);
    this.loop = new SourceLoop({
      source,
      sync,
      report,
      pollIntervalMs: () => pollInterval(source.kind, parts.gitPollIntervalMs),
      onApplied: parts.onApplied,
      afterAttempt: () => this.watchSource(),
      log,
    });
  }

  start(): void {
    this.stopListening = this.parts.signals.listen(this.name, {
      onServerBack: () => {
        this.loop.restart();
      },
      onControl: () => {
        this.loop.trigger();
      },
    });
    this.loop.start();
  }

  async stop(): Promise<void> {
    await this.stopListening?.();
    await this.loop.stop();
    await this.watch.stop();
  }

  /** The source may have changed. */
  trigger(): void {
    this.loop.trigger();
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
