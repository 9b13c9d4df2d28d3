export { ActionDecided } from './action-decided.js';
export { ActionReason, Plan, ActionLogEntry, ActionLogged } from './action-logged.js';
export { ActionRequested } from './action-requested.js';
export {
  ActionState,
  ACTION_TRANSITIONS,
  isFinalActionState,
  ActionTarget,
  MAX_EARLIER_BYTES,
  MAX_EARLIER_MANIFESTS,
  EarlierManifests,
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
export { AgentPresenceChanged } from './agent-presence.js';
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
export { MAX_FAILED_IMAGES, ResourceMemory, PolicyMemory } from './evaluator-memory.js';
export {
  InheritedField,
  EngineHealthCheck,
  ComposeOrigin,
  DescribedContainer,
  HostDescription,
  DescriptionOutcome,
} from './host-description.js';
export { UnixMs, ResourceIdField, CorrelationId, HostName, Digest, Labels } from './fields.js';
export {
  ActionDetail,
  ActionOrder,
  ActionOrdered,
  ActionQuery,
  ActionTimelineEntry,
  ActionView,
  ApproveBody,
  DecisionTaken,
  ReasonBody,
  ReasonView,
} from './http/actions.js';
export {
  EnrolmentTokenRequest,
  EnrolmentToken,
  EnrolRequest,
  Enrolled,
  AgentRecord,
  DescribeBody,
} from './http/agents.js';
export { AlertQuery, AlertView } from './http/alerts.js';
export { DriftHistoryQuery, DriftQuery, DriftView } from './http/drift.js';
export {
  Explanation,
  ExplainQuery,
  ExplainStep,
  Obstacle,
  ResourceExplanation,
} from './http/explain.js';
export {
  INGEST_LIMITS,
  IngestSample,
  CheckAttempt,
  IngestBatch,
  IngestAccepted,
} from './http/ingest.js';
export { CreatedKey, KeyRecord, KeyRequest } from './http/keys.js';
export {
  ManifestDetail,
  ManifestParams,
  ManifestQuery,
  ManifestRevision,
  ManifestView,
  SourceParams,
  SourceSynced,
  SourceView,
} from './http/manifests.js';
export { PageQuery, pageOf, type Page } from './http/page.js';
export { Problem } from './http/problem.js';
export {
  LABEL_NAME,
  METRIC_NAME,
  MetricQuery,
  QUERY_LIMITS,
  QueryAggregation,
  QueryResult,
} from './http/query.js';
export { Role, ROUTE_ACCESS, type RouteAccess } from './http/role.js';
export {
  defineRoute,
  type AnswerOf,
  type HttpMethod,
  type InputOf,
  type RouteDefinition,
  type RouteResponse,
} from './http/route.js';
export { ROUTES, type RouteName } from './http/routes.js';
export {
  ComponentView,
  HealthView,
  StopBody,
  StopOutcome,
  StreamQuery,
  StreamTopic,
  SwitchOutcome,
  SystemView,
} from './http/system.js';
export {
  Instant,
  parseTimeExpression,
  parseTimestamp,
  resolveTime,
  TimeParam,
  type TimeExpression,
} from './http/time.js';
export {
  RevisionEntry,
  SourcePointer,
  Override,
  isOverriding,
  RestoredMark,
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
  EvaluatorBucket,
  evaluatorKey,
  AgentAdmission,
  AccessBucket,
  agentAdmissionKey,
  REMOVED_HOST_MEMORY_MS,
  RemovedHost,
  FleetBucket,
  fleetKey,
  BUCKETS,
  type BucketDefinition,
} from './kv.js';
export { CommitInfo, ManifestsApplied } from './manifests-applied.js';
export { ManifestError, ManifestsRejected } from './manifests-rejected.js';
export { METRIC_PARTITIONS, Sample, MetricsIngested, metricPartition } from './metrics-ingested.js';
export {
  ExactImage,
  ForeignChange,
  KeyedDigest,
  MAX_EXACT_IMAGES,
  ObservedContainer,
  ObservedMount,
  UnmanagedContainer,
} from './container.js';
export { containerName } from './container-name.js';
export { MAX_MISSED_SOURCES, MetricsMissed } from './metrics-missed.js';
export { Precondition, Operation } from './operation.js';
export { SyncStatus, ResourceHealth, ResourceStatusChanged } from './resource-status.js';
export { SourceSync } from './source-sync.js';
export {
  ReplicaHealth,
  ReplicaProgress,
  ObservedConfig,
  ReplicaObservation,
  SnapshotSequence,
  StateSnapshot,
  StateObserved,
  isNewerSnapshot,
} from './state-observed.js';
export { STREAMS, type StreamDefinition, type StreamName } from './streams.js';
