import { Module, type DynamicModule } from '@nestjs/common';
import { MessagingModule } from '@vigil/messaging';
import { Log } from '@vigil/service';
import { StorageModule } from '@vigil/storage';
import { join, resolve } from 'node:path';
import type { GitopsdConfig } from './config.js';
import { DatabaseHealth } from './database-health.js';
import { DesiredStateStore } from './desired-state/desired-state.store.js';
import { PruneDesiredState } from './desired-state/prune-desired-state.js';
import { AcceptRevision } from './revision/accept-revision.js';
import { Announcements } from './revision/announcements.js';
import { RejectRevision } from './revision/reject-revision.js';
import { RejectionStore } from './revision/rejection.store.js';
import { RetireSource } from './revision/retire-source.js';
import { RevisionStore } from './revision/revision.store.js';
import { DeclaredSourceStore } from './sync/declared-source.store.js';
import { OnSourceSync } from './sync/on-source-sync.js';
import { SourceReport } from './sync/source-report.js';
import { SourceRunners } from './sync/source-runners.js';
import { SourceSignals } from './sync/source-signals.js';
import { SourceStatusStore } from './sync/source-status.store.js';
import { SourcesHealth } from './sync/sources-health.js';
import { Sources } from './sync/sources.js';
import { Suspension } from './sync/suspension.js';
import { SyncMetrics } from './sync/sync-metrics.js';
import { TryRevision } from './sync/try-revision.js';
import { ReceiveDelivery } from './webhooks/receive-delivery.js';
import { WebhooksController } from './webhooks/webhooks.controller.js';

@Module({})
export class AppModule {
  static forRoot(config: GitopsdConfig): DynamicModule {
    return {
      module: AppModule,
      imports: [
        MessagingModule.forRoot({ url: config.natsUrl, replicas: config.natsReplicas }),
        StorageModule.forRoot({ url: config.databaseUrl, applicationName: 'gitopsd', poolSize: 4 }),
      ],
      controllers: [OnSourceSync, WebhooksController],
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
        DeclaredSourceStore,
        RetireSource,
        ReceiveDelivery,
        {
          provide: SourceRunners,
          inject: [AcceptRevision, TryRevision, SourceReport, SourceSignals, Log],
          useFactory: (
            accept: AcceptRevision,
            tryRevision: TryRevision,
            report: SourceReport,
            signals: SourceSignals,
            log: Log,
          ) =>
            new SourceRunners(
              {
                manifests: config.manifests,
                directory: join(resolve(config.home), 'gitopsd/sources'),
                gitPollIntervalMs: config.gitPollIntervalMs,
              },
              { accept, tryRevision, report, signals, log: log.child('sync') },
            ),
        },
        {
          provide: Sources,
          inject: [
            SourceRunners,
            DeclaredSourceStore,
            RetireSource,
            SourceReport,
            SourceSignals,
            Log,
          ],
          useFactory: (
            runners: SourceRunners,
            declared: DeclaredSourceStore,
            retire: RetireSource,
            report: SourceReport,
            signals: SourceSignals,
            log: Log,
          ) => new Sources({ runners, declared, retire, report, signals, log: log.child('sync') }),
        },
      ],
    };
  }
}
