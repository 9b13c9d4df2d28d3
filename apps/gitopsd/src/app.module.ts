import { Module, type DynamicModule } from '@nestjs/common';
import { MessagingModule } from '@vigil/messaging';
import { Log } from '@vigil/service';
import { StorageModule } from '@vigil/storage';
import type { GitopsdConfig } from './config.js';
import { DatabaseHealth } from './database-health.js';
import { DesiredStateStore } from './desired-state/desired-state.store.js';
import { PruneDesiredState } from './desired-state/prune-desired-state.js';
import { AcceptRevision } from './revision/accept-revision.js';
import { Announcements } from './revision/announcements.js';
import { RejectRevision } from './revision/reject-revision.js';
import { RejectionStore } from './revision/rejection.store.js';
import { RevisionStore } from './revision/revision.store.js';
import { LocalSource } from './source/local-source.js';
import { OnSourceSync } from './sync/on-source-sync.js';
import { SourceReport } from './sync/source-report.js';
import { SourceRunner } from './sync/source-runner.js';
import { SourceSignals } from './sync/source-signals.js';
import { SourceStatusStore } from './sync/source-status.store.js';
import { SourcesHealth } from './sync/sources-health.js';
import { Sources } from './sync/sources.js';
import { Suspension } from './sync/suspension.js';
import { SyncMetrics } from './sync/sync-metrics.js';
import { SyncSource } from './sync/sync-source.js';
import { TryRevision } from './sync/try-revision.js';

/** The source that `VIGIL_MANIFESTS` names. */
const DEFAULT_SOURCE = 'default';

@Module({})
export class AppModule {
  static forRoot(config: GitopsdConfig): DynamicModule {
    return {
      module: AppModule,
      imports: [
        MessagingModule.forRoot({ url: config.natsUrl, replicas: config.natsReplicas }),
        StorageModule.forRoot({ url: config.databaseUrl, applicationName: 'gitopsd', poolSize: 4 }),
      ],
      controllers: [OnSourceSync],
      providers: [
        DatabaseHealth,
        DesiredStateStore,
        PruneDesiredState,
        RevisionStore,
        RejectionStore,
        Announcements,
        AcceptRevision,
        RejectRevision,
        Suspension,
        SourceStatusStore,
        SyncMetrics,
        SourceReport,
        SourceSignals,
        TryRevision,
        SourcesHealth,
        {
          provide: Sources,
          inject: [AcceptRevision, TryRevision, SourceReport, SourceSignals, Log],
          useFactory: (
            accept: AcceptRevision,
            tryRevision: TryRevision,
            report: SourceReport,
            signals: SourceSignals,
            log: Log,
          ) => {
            const source = new LocalSource(DEFAULT_SOURCE, config.manifests);
            const runner = new SourceRunner({
              source,
              sync: new SyncSource(source, accept, tryRevision),
              report,
              signals,
              gitPollIntervalMs: config.gitPollIntervalMs,
              log: log.child('sync'),
            });
            return new Sources([runner]);
          },
        },
      ],
    };
  }
}
