import { Module, type DynamicModule } from '@nestjs/common';
import { Buckets, Bus, MessagingModule, NatsConnection, Subscriptions } from '@vigil/messaging';
import { Clock, Log, Metrics } from '@vigil/service';
import { Database, SampleReader, StorageModule } from '@vigil/storage';
import { StoredSamples } from './alerting/stored-samples.js';
import type { EvaluatorConfig } from './config.js';
import { EvaluatorHealth } from './evaluator-health.js';
import { EvaluatorMetrics } from './evaluator-metrics.js';
import { Evaluator } from './evaluator.js';
import { AlertStore } from './projection/alert.store.js';
import { DecisionStore } from './projection/decision.store.js';
import { DriftStore } from './projection/drift.store.js';
import { OnAlertChanged } from './projection/on-alert-changed.js';
import { OnDecisionRecorded } from './projection/on-decision-recorded.js';
import { OnDriftChanged } from './projection/on-drift-changed.js';
import { OnResourceStatusChanged } from './projection/on-resource-status-changed.js';
import { ResourceStatusStore } from './projection/resource-status.store.js';
import { Retention } from './projection/retention.js';
import { OnEvaluationRequested } from './requests/on-evaluation-requested.js';
import { OnOperatorActionRequested } from './requests/on-operator-action-requested.js';

/** The wiring of the evaluator. */
@Module({})
export class AppModule {
  static forRoot(config: EvaluatorConfig): DynamicModule {
    return {
      module: AppModule,
      imports: [
        MessagingModule.forRoot({ url: config.natsUrl, replicas: config.natsReplicas }),
        StorageModule.forRoot({ url: config.databaseUrl, applicationName: 'evaluator' }),
      ],
      controllers: [
        OnEvaluationRequested,
        OnOperatorActionRequested,
        OnDriftChanged,
        OnDecisionRecorded,
        OnAlertChanged,
        OnResourceStatusChanged,
      ],
      providers: [
        DriftStore,
        DecisionStore,
        AlertStore,
        ResourceStatusStore,
        Retention,
        EvaluatorHealth,
        {
          provide: EvaluatorMetrics,
          inject: [Metrics],
          useFactory: (metrics: Metrics) => new EvaluatorMetrics(metrics),
        },
        {
          provide: StoredSamples,
          inject: [Database, Log],
          useFactory: (database: Database, log: Log) =>
            new StoredSamples(new SampleReader(database), log.child('stored-samples')),
        },
        {
          provide: Evaluator,
          inject: [
            NatsConnection,
            Subscriptions,
            Buckets,
            Bus,
            Database,
            StoredSamples,
            EvaluatorMetrics,
            Clock,
            Log,
          ],
          useFactory: (
            connection: NatsConnection,
            subscriptions: Subscriptions,
            buckets: Buckets,
            bus: Bus,
            database: Database,
            stored: StoredSamples,
            metrics: EvaluatorMetrics,
            clock: Clock,
            log: Log,
          ) =>
            new Evaluator({
              connection,
              subscriptions,
              buckets,
              bus,
              database,
              stored,
              metrics,
              clock,
              log: log.child('evaluator'),
              systemMode: config.mode,
            }),
        },
      ],
    };
  }
}
