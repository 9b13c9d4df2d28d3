import { Module, type DynamicModule } from '@nestjs/common';
import { MessagingModule, NatsConnection } from '@vigil/messaging';
import { Clock, HealthRegistry, Log } from '@vigil/service';
import { Database, StorageModule } from '@vigil/storage';
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
import { SourceRunner } from './sync/source-runner.js';
import { SourceStatusStore } from './sync/source-status.store.js';
import { Sources } from './sync/sources.js';
import { Suspension } from './sync/suspension.js';
import { SyncSource } from './sync/sync-source.js';

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
        {
          provide: Sources,
          inject: [
            RevisionStore,
            AcceptRevision,
            RejectRevision,
            Suspension,
            SourceStatusStore,
            Database,
            NatsConnection,
            Clock,
            Log,
            HealthRegistry,
          ],
          useFactory: (
            revisions: RevisionStore,
            accept: AcceptRevision,
            reject: RejectRevision,
            suspension: Suspension,
            status: SourceStatusStore,
            database: Database,
            nats: NatsConnection,
            clock: Clock,
            log: Log,
            health: HealthRegistry,
          ) => {
            const source = new LocalSource(DEFAULT_SOURCE, config.manifests);
            const runner = new SourceRunner({
              source,
              sync: new SyncSource(source, revisions, accept, reject, suspension),
              status,
              suspension,
              database,
              nats,
              gitPollIntervalMs: config.gitPollIntervalMs,
              clock,
              log: log.child('sync'),
            });
            return new Sources([runner], health);
          },
        },
      ],
    };
  }
}
