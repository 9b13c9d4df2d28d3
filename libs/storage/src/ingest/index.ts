import { SeriesEntity } from './series.entity.js';

export { CreateIngest1763700000000 } from './create-ingest.migration.js';
export { SeriesEntity };

export const INGEST_ENTITIES = [SeriesEntity];
