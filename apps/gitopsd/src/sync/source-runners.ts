import { parseRepositoryUrl, type Source } from '@vigil/manifests';
import { type Log } from '@vigil/service';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type AcceptRevision } from '../revision/accept-revision.js';
import { LocalSource } from '../source/local-source.js';
import type { ManifestSource } from '../source/manifest-source.js';
import { RemoteSource } from '../source/remote-source.js';
import { type SourceReport } from './source-report.js';
import { SourceRunner } from './source-runner.js';
import { type SourceSignals } from './source-signals.js';
import { SyncSource } from './sync-source.js';
import { type TryRevision } from './try-revision.js';

export interface SourceSettings {
  /** Directory or local repository of the source `default`. */
  readonly manifests: string;
  /** Where repositories of servers are kept. */
  readonly directory: string;
  readonly gitPollIntervalMs: number;
}

/** Makes all that a source needs to run. */
export class SourceRunners {
  constructor(
    private readonly settings: SourceSettings,
    private readonly parts: {
      readonly accept: AcceptRevision;
      readonly tryRevision: TryRevision;
      readonly report: SourceReport;
      readonly signals: SourceSignals;
      readonly log: Log;
    },
  ) {}

  /** @param onApplied called when another revision has come into force */
  ofThisMachine(name: string, onApplied: () => void): SourceRunner {
    const source = new LocalSource(name, this.settings.manifests);
    return this.runner(source, this.settings.gitPollIntervalMs, onApplied);
  }

  /** As {@link ofThisMachine}, of a repository on a server. */
  ofServer({ metadata: { name }, spec }: Source, onApplied: () => void): SourceRunner {
    const { ref, path, include, exclude, ssh, https, ca, signers } = spec;
    const url = parseRepositoryUrl(spec.url);
    if (url === undefined)
      throw new Error(`source ${name} is declared with no URL of a repository`);
    const source = new RemoteSource(name, {
      url,
      ref,
      scope: { path, include, exclude },
      credentials: { ssh, https, ca },
      directory: this.directoryOf(name),
      signers,
    });
    const { gitPollIntervalMs } = this.settings;
    return this.runner(source, spec.intervalMs ?? gitPollIntervalMs, onApplied);
  }

  /** Removes what was fetched for a source that runs no more. */
  async clear(name: string): Promise<void> {
    await rm(this.directoryOf(name), { recursive: true, force: true });
  }

  private directoryOf(name: string): string {
    return join(this.settings.directory, name);
  }

  private runner(
    source: ManifestSource,
    gitPollIntervalMs: number,
    onApplied: () => void,
  ): SourceRunner {
    const { accept, tryRevision, report, signals, log } = this.parts;
    const sync = new SyncSource(source, accept, tryRevision);
    return new SourceRunner({ source, sync, report, signals, gitPollIntervalMs, onApplied, log });
  }
}
