import { type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Source } from '@vigil/manifests';
import { dispositionOf, type Log } from '@vigil/service';
import { isDeepStrictEqual } from 'node:util';
import type { RetireSource } from '../revision/retire-source.js';
import type { DeclaredSourceStore } from './declared-source.store.js';
import type { SourceReport } from './source-report.js';
import type { SourceRunner } from './source-runner.js';
import type { SourceRunners } from './source-runners.js';
import type { SourceSignals } from './source-signals.js';

/** The source that `VIGIL_MANIFESTS` names. */
export const DEFAULT_SOURCE = 'default';

interface Running {
  /** What declares it; undefined for the one of `VIGIL_MANIFESTS`. A change makes another runner. */
  readonly source: Source | undefined;
  readonly runner: SourceRunner;
}

export interface SourcesParts {
  readonly runners: SourceRunners;
  readonly declared: DeclaredSourceStore;
  readonly retire: RetireSource;
  readonly report: SourceReport;
  readonly signals: SourceSignals;
  readonly log: Log;
}

/**
 * Every source of this installation: the one of `VIGIL_MANIFESTS`, and those that manifests in force
 * declare, wherever these come from.
 */
export class Sources implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly running = new Map<string, Running>();
  private refreshing: Promise<void> = Promise.resolve();
  private isRefreshDue = false;
  private isStopping = false;
  private stopListening: (() => void) | undefined;

  constructor(private readonly parts: SourcesParts) {
    const runner = parts.runners.ofThisMachine(DEFAULT_SOURCE, () => {
      this.refresh();
    });
    this.running.set(DEFAULT_SOURCE, { source: undefined, runner });
  }

  all(): SourceRunner[] {
    return [...this.running.values()].map(({ runner }) => runner);
  }

  names(): string[] {
    return [...this.running.keys()].sort();
  }

  get(name: string): SourceRunner | undefined {
    return this.running.get(name)?.runner;
  }

  /** What declares a source; undefined for the one of `VIGIL_MANIFESTS`, and for what is no source. */
  declarationOf(name: string): Source | undefined {
    return this.running.get(name)?.source;
  }

  onApplicationBootstrap(): void {
    for (const runner of this.all()) runner.start();
    this.stopListening = this.parts.signals.onServerBack(() => {
      this.refresh();
    });
  }

  async onApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    this.stopListening?.();
    await this.refreshing;
    await Promise.all(this.all().map((runner) => runner.stop()));
  }

  /** What is declared may have changed; what is read after this call counts. */
  private refresh(): void {
    if (this.isRefreshDue) return;
    this.isRefreshDue = true;
    this.refreshing = this.refreshing.then(async () => {
      this.isRefreshDue = false;
      if (this.isStopping) return;
      try {
        await this.follow(await this.parts.declared.current());
        await this.retireAbandoned();
      } catch (error) {
        // PostgreSQL or NATS is away: its return, or the next revision, brings us here again
        if (dispositionOf(error) !== 'retry') {
          this.parts.log.error('the declared sources could not be followed', error);
        }
      }
    });
  }

  private async follow(declared: ReadonlyMap<string, Source>): Promise<void> {
    for (const [name, { source, runner }] of [...this.running]) {
      if (name === DEFAULT_SOURCE || isSame(source, declared.get(name))) continue;
      await runner.stop();
      this.running.delete(name);
    }
    for (const [name, source] of declared) {
      if (this.running.has(name)) continue;
      const runner = this.parts.runners.ofServer(source, () => {
        this.refresh();
      });
      this.running.set(name, { source, runner });
      runner.start();
    }
  }

  private async retireAbandoned(): Promise<void> {
    const { declared, retire, runners, report, log } = this.parts;
    for (const name of await declared.abandoned()) {
      if (this.running.has(name)) continue;
      await retire.execute(name);
      await report.forget(name);
      await runners.clear(name);
      log.info('a source that nothing declares any more has nothing in force', { source: name });
      // it may have declared sources itself
      this.refresh();
    }
  }
}

function isSame(left: Source | undefined, right: Source | undefined): boolean {
  return isDeepStrictEqual(left?.spec, right?.spec);
}
