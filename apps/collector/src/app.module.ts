import { Module, type DynamicModule } from '@nestjs/common';
import { AccessControl, AdminKeyFile, KeyDirectories, KeyVerifier } from '@vigil/auth';
import { MessagingModule } from '@vigil/messaging';
import { Clock, Metrics } from '@vigil/service';
import {
  Database,
  PostgresSampleStore,
  SampleReader,
  SampleStore,
  StorageModule,
} from '@vigil/storage';
import { ActionsController } from './actions/actions.controller.js';
import { ActionsStore } from './actions/actions.store.js';
import { DecideAction } from './actions/decide-action.js';
import { AlertsController } from './alerts/alerts.controller.js';
import { AlertsStore } from './alerts/alerts.store.js';
import { ApiDocumentController } from './api-document/api-document.controller.js';
import { AgentChannels } from './channel/agent-channels.js';
import { ChannelDuties, FleetDuties } from './channel/channel-duties.js';
import type { CollectorConfig } from './config.js';
import { ManifestsController } from './desired-state/manifests.controller.js';
import { ManifestsStore } from './desired-state/manifests.store.js';
import { SourcesController } from './desired-state/sources.controller.js';
import { SourcesStore } from './desired-state/sources.store.js';
import { DriftController } from './drift/drift.controller.js';
import { DriftStore } from './drift/drift.store.js';
import { AskEvaluator } from './evaluator/ask-evaluator.js';
import { ChainStore } from './explain/chain.store.js';
import { ExplainResource } from './explain/explain-resource.js';
import { ExplainController } from './explain/explain.controller.js';
import { AdmissionSync } from './fleet/admission-sync.js';
import { AgentPresence } from './fleet/agent-presence.js';
import { AgentRegistry } from './fleet/agent-registry.js';
import { AgentsController } from './fleet/agents.controller.js';
import { AgentsStore } from './fleet/agents.store.js';
import { DescribeHost, DescriptionPatience } from './fleet/describe-host.js';
import { DescriptionsController } from './fleet/descriptions.controller.js';
import { EnrolAgent, InstallationFacts } from './fleet/enrol-agent.js';
import { FleetSize } from './fleet/fleet-size.js';
import { HostLabels } from './fleet/host-labels.js';
import { ListAgents } from './fleet/list-agents.js';
import { RemoveAgent } from './fleet/remove-agent.js';
import { FleetMessaging, RemovedHosts } from './fleet/removed-hosts.js';
import { CollectorHealth } from './health/collector-health.js';
import { LivenessController } from './health/liveness.controller.js';
import { ServiceHeartbeats } from './health/service-heartbeats.js';
import { IngestBatches, Publishing } from './ingest/ingest-batch.js';
import { IngestController } from './ingest/ingest.controller.js';
import { MissedSamples } from './ingest/missed-samples.js';
import { PublishSamples } from './ingest/publish-samples.js';
import { PublishState } from './ingest/publish-state.js';
import { KeysController } from './keys/keys.controller.js';
import { KeysStore } from './keys/keys.store.js';
import { QueryController } from './query/query.controller.js';
import { RunQuery } from './query/run-query.js';
import { Retention, RetentionPeriod } from './retention.js';
import { LiveStreams } from './stream/live-streams.js';
import { StreamController } from './stream/stream.controller.js';
import { ControlsHealth } from './system/controls-health.js';
import { Controls } from './system/controls.js';
import { ControlsStore } from './system/controls.store.js';
import { StopTheWorld } from './system/stop-the-world.js';
import { SystemController } from './system/system.controller.js';

/** An agent takes its time for hundreds of containers; what it has not begun by then it leaves out. */
const DESCRIPTION_TIMEOUT_MS = 15_000;

/** The collector, on one screen: the capabilities, and what they are made of. */
@Module({})
export class AppModule {
  static forRoot(config: CollectorConfig): DynamicModule {
    return {
      module: AppModule,
      imports: [
        MessagingModule.forRoot({ url: config.natsUrl, replicas: config.natsReplicas }),
        StorageModule.forRoot({ url: config.databaseUrl, applicationName: 'vigil-collector' }),
      ],
      controllers: [
        ActionsController,
        AgentsController,
        AlertsController,
        ApiDocumentController,
        DescriptionsController,
        DriftController,
        ExplainController,
        IngestController,
        KeysController,
        LivenessController,
        ManifestsController,
        QueryController,
        SourcesController,
        StreamController,
        SystemController,
      ],
      providers: [...access(config), ...samples(config), ...fleet(config), ...readSide()],
    };
  }
}

function access(config: CollectorConfig) {
  return [
    KeysStore,
    AgentRegistry,
    {
      provide: KeyVerifier,
      inject: [AgentRegistry, KeysStore, Clock],
      useFactory: (agents: AgentRegistry, keys: KeysStore, clock: Clock) => {
        // what works without the database comes first
        const directory = new KeyDirectories([new AdminKeyFile(config.adminKeyFile), agents, keys]);
        const verifier = new KeyVerifier(directory, clock);
        agents.onRemoved((_host, keyId) => verifier.forget(keyId));
        return verifier;
      },
    },
    {
      provide: AccessControl,
      inject: [KeyVerifier],
      useFactory: (verifier: KeyVerifier) => new AccessControl(verifier),
    },
  ];
}

function samples(config: CollectorConfig) {
  return [
    {
      provide: PostgresSampleStore,
      inject: [Database, Metrics],
      useFactory: (database: Database, metrics: Metrics) => {
        const store = new PostgresSampleStore(database);
        metrics.gauge({
          name: 'vigil_ingest_waiting_samples',
          help: 'Samples that wait to be committed.',
          collect: () => store.waiting,
        });
        return store;
      },
    },
    { provide: SampleStore, useExisting: PostgresSampleStore },
    {
      provide: SampleReader,
      inject: [Database],
      useFactory: (database: Database) => new SampleReader(database),
    },
    { provide: RetentionPeriod, useValue: new RetentionPeriod(config.retentionMs) },
    Retention,
    MissedSamples,
    PublishSamples,
    PublishState,
    Publishing,
    IngestBatches,
    RunQuery,
  ];
}

function fleet(config: CollectorConfig) {
  return [
    {
      provide: InstallationFacts,
      useValue: new InstallationFacts(config.instance, config.commandPublicKeyFile),
    },
    AgentsStore,
    AdmissionSync,
    AgentPresence,
    EnrolAgent,
    { provide: DescriptionPatience, useValue: new DescriptionPatience(DESCRIPTION_TIMEOUT_MS) },
    DescribeHost,
    RemoveAgent,
    FleetMessaging,
    HostLabels,
    ListAgents,
    RemovedHosts,
    FleetDuties,
    ChannelDuties,
    AgentChannels,
    Controls,
    ControlsHealth,
    ControlsStore,
    StopTheWorld,
    FleetSize,
  ];
}

function readSide() {
  return [
    ActionsStore,
    AlertsStore,
    AskEvaluator,
    ChainStore,
    CollectorHealth,
    DecideAction,
    DriftStore,
    ExplainResource,
    LiveStreams,
    ManifestsStore,
    ServiceHeartbeats,
    SourcesStore,
  ];
}
