import { Module, type DynamicModule } from '@nestjs/common';
import { Buckets, MessagingModule } from '@vigil/messaging';
import { StorageModule } from '@vigil/storage';
import { EndedAlerts } from './alerts/ended-alerts.js';
import { FollowAlerts } from './alerts/follow-alerts.js';
import { ApprovalExpiry } from './approvals/approval-expiry.js';
import { OnActionDecided } from './approvals/on-action-decided.js';
import { TakeDecision } from './approvals/take-decision.js';
import { StreamClock } from './clock/stream-clock.js';
import type { RemediatorConfig } from './config.js';
import { DesiredBook } from './desired/desired-book.js';
import { EffectiveChange } from './desired/effective-change.js';
import { ManifestArchive } from './desired/manifest-archive.js';
import { Overrides } from './desired/overrides.js';
import { OverridesStore } from './desired/overrides.store.js';
import { StillWanted } from './desired/still-wanted.js';
import { Switches } from './desired/switches.js';
import { WatchDesiredState } from './desired/watch-desired-state.js';
import { ActionSupervisor } from './drive/action-supervisor.js';
import { Admission } from './drive/admission.js';
import { DriveAction } from './drive/drive-action.js';
import { CarryOutPlan } from './execute/carry-out-plan.js';
import { CommandRunner } from './execute/command-runner.js';
import { Guard } from './execute/guard.js';
import { IssueOperations } from './execute/issue-operations.js';
import { RollBack } from './execute/roll-back.js';
import { RunBatches } from './execute/run-batches.js';
import { FactFinder } from './gates/fact-finder.js';
import { Memory } from './history/memory.js';
import { OlderActions } from './history/older-actions.js';
import { RecalledActions } from './history/recalled-actions.js';
import { AgentChannel } from './hosts/agent-channel.js';
import { CommandSigner } from './hosts/command-signer.js';
import { LiveObservation } from './hosts/live-observation.js';
import { LookAhead } from './hosts/look-ahead.js';
import { ObservedHosts } from './hosts/observed-hosts.js';
import { OnAgentResults } from './hosts/on-agent-results.js';
import { OnStateObserved } from './hosts/on-state-observed.js';
import { RemediatorIdentity } from './locks/remediator-identity.js';
import { ResourceLocks } from './locks/resource-locks.js';
import { ActionLog } from './log/action-log.js';
import { ActionMetrics } from './log/action-metrics.js';
import { ActionRegistry } from './log/action-registry.js';
import { ActionStore } from './projection/action.store.js';
import { CloseLostActions } from './projection/close-lost-actions.js';
import { OnActionLogged } from './projection/on-action-logged.js';
import { FollowActionLog } from './recovery/follow-action-log.js';
import { KnownWorld } from './recovery/known-world.js';
import { RemediatorHealth } from './recovery/remediator-health.js';
import { ResumeActions } from './recovery/resume-actions.js';
import { UnfinishedActions } from './recovery/unfinished-actions.js';
import { OnActionRequested } from './requests/on-action-requested.js';
import { VerifyEffects } from './verify/verify-effects.js';

/** The wiring of the remediator. */
@Module({})
export class AppModule {
  static forRoot(config: RemediatorConfig): DynamicModule {
    return {
      module: AppModule,
      imports: [
        MessagingModule.forRoot({ url: config.natsUrl, replicas: config.natsReplicas }),
        StorageModule.forRoot({ url: config.databaseUrl, applicationName: 'remediator' }),
      ],
      controllers: [OnActionRequested, OnActionDecided, OnAgentResults, OnActionLogged],
      providers: [
        {
          provide: Switches,
          useFactory: (buckets: Buckets, overrides: Overrides) =>
            new Switches(config.mode, buckets, overrides),
          inject: [Buckets, Overrides],
        },
        {
          provide: CommandSigner,
          useFactory: () => CommandSigner.fromFile(config.signingKeyFile),
        },
        {
          provide: RemediatorIdentity,
          useFactory: () => RemediatorIdentity.ofThisProcess(config.bind, config.port),
        },
        ActionLog,
        ActionMetrics,
        ActionRegistry,
        ActionStore,
        ActionSupervisor,
        Admission,
        AgentChannel,
        ApprovalExpiry,
        CarryOutPlan,
        CloseLostActions,
        CommandRunner,
        DesiredBook,
        DriveAction,
        EffectiveChange,
        EndedAlerts,
        FactFinder,
        FollowActionLog,
        FollowAlerts,
        Guard,
        IssueOperations,
        KnownWorld,
        LiveObservation,
        LookAhead,
        ManifestArchive,
        Memory,
        ObservedHosts,
        OlderActions,
        OnStateObserved,
        Overrides,
        OverridesStore,
        RecalledActions,
        RemediatorHealth,
        ResourceLocks,
        ResumeActions,
        RollBack,
        RunBatches,
        StillWanted,
        StreamClock,
        TakeDecision,
        UnfinishedActions,
        VerifyEffects,
        WatchDesiredState,
      ],
    };
  }
}
