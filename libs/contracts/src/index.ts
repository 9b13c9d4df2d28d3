export { ActionDecided } from './action-decided.js';
export { ActionReason, Plan, ActionLogEntry, ActionLogged } from './action-logged.js';
export { ActionRequested } from './action-requested.js';
export {
  ActionState,
  ACTION_TRANSITIONS,
  isFinalActionState,
  ActionTarget,
  ActionRequest,
} from './action.js';
export {
  Command,
  SignedCommand,
  CommandResult,
  AgentDownlink,
  AgentUplink,
  AgentCommands,
  AgentResults,
} from './agent-messages.js';
export { AlertState, Evidence, AlertRecord, AlertFiring, AlertResolved } from './alert.js';
export { Cause } from './cause.js';
export {
  defineEvent,
  defineRequest,
  defineSignal,
  subjectOf,
  subjectFilter,
  encodeToken,
  decodeToken,
  type SubjectParams,
  type EventContract,
  type RequestContract,
  type SignalContract,
  type PayloadOf,
} from './contract.js';
export { DecisionRecorded } from './decision-recorded.js';
export {
  DriftType,
  DriftClass,
  DriftState,
  DriftRecord,
  DriftDetected,
  DriftUpdated,
  DriftResolved,
} from './drift.js';
export {
  EvaluationRequested,
  OperatorActionRequested,
  EvaluationAnswered,
} from './evaluation-requested.js';
export { UnixMs, ResourceIdField, CorrelationId, HostName, Digest, Labels } from './fields.js';
export {
  EnrolmentTokenRequest,
  EnrolmentToken,
  EnrolRequest,
  Enrolled,
  AgentRecord,
} from './http/agents.js';
export {
  INGEST_LIMITS,
  IngestSample,
  CheckAttempt,
  IngestBatch,
  IngestAccepted,
} from './http/ingest.js';
export { Problem } from './http/problem.js';
export {
  RevisionEntry,
  SourcePointer,
  Override,
  DesiredStateBucket,
  desiredStateKey,
  ActionLock,
  ACTION_LOCK_TTL_MS,
  ACTION_LOCK_RENEWAL_MS,
  ActionLocksBucket,
  actionLockKey,
  Control,
  ControlsBucket,
  controlKey,
  isControlActive,
  HealthStatus,
  HEARTBEAT_INTERVAL_MS,
  HEARTBEAT_TIMEOUT_MS,
  ServiceHeartbeat,
  ServicesBucket,
  serviceKey,
  BUCKETS,
  type BucketDefinition,
} from './kv.js';
export { CommitInfo, ManifestsApplied } from './manifests-applied.js';
export { ManifestError, ManifestsRejected } from './manifests-rejected.js';
export { METRIC_PARTITIONS, Sample, MetricsIngested, metricPartition } from './metrics-ingested.js';
export { Precondition, Operation } from './operation.js';
export { SyncStatus, ResourceHealth, ResourceStatusChanged } from './resource-status.js';
export { SourceSync } from './source-sync.js';
export {
  ReplicaHealth,
  ObservedConfig,
  ReplicaObservation,
  SnapshotSequence,
  StateSnapshot,
  StateObserved,
  isNewerSnapshot,
} from './state-observed.js';
export { STREAMS, type StreamDefinition, type StreamName } from './streams.js';
