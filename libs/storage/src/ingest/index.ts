import { SeriesEntity } from './series.entity.js';

export { CreateIngest1763700000000 } from './create-ingest.migration.js';
export { QueueFull } from './group-commit.js';
export {
  AGGREGATIONS,
  SampleReader,
  type Aggregation,
  type GroupPoint,
  type SeriesRecord,
  type SeriesSelector,
  type TimeRange,
} from './sample-reader.js';
export {
  PostgresSampleStore,
  SampleStore,
  type Appended,
  type SampleBatch,
} from './sample-store.js';
export { SeriesEntity };

export const INGEST_ENTITIES = [SeriesEntity];
