export { AgentEntity, ApiKeyEntity, EnrolmentTokenEntity } from './access/index.js';
export { ActionEntity, ActionTransitionEntity, OverrideEntity } from './actions/index.js';
export { type DatabaseSettings } from './connection.js';
export { ControlEntity } from './controls/index.js';
export { Database } from './database.js';
export {
  AlertEntity,
  DecisionEntity,
  DriftEventEntity,
  ResourceStatusEntity,
} from './evaluation/index.js';
export { ManifestEntity, RevisionEntity, SourceEntity } from './gitops/index.js';
export {
  AGGREGATIONS,
  PostgresSampleStore,
  QueueFull,
  SampleReader,
  SampleStore,
  SeriesEntity,
  type Aggregation,
  type Appended,
  type GroupPoint,
  type SampleBatch,
  type SeriesRecord,
  type SeriesSelector,
  type TimeRange,
} from './ingest/index.js';
export { storable } from './storable.js';
export { StorageModule } from './storage.module.js';
export {
  StorageConflict,
  StorageRejected,
  StorageTimeout,
  StorageUnavailable,
} from './storage-errors.js';
export { unixMs } from './unix-ms.js';
