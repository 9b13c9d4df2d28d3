import { AlertEntity } from './alert.entity.js';
import { DecisionEntity } from './decision.entity.js';
import { DriftEventEntity } from './drift-event.entity.js';
import { ResourceStatusEntity } from './resource-status.entity.js';

export { AddAttribution1763800003000 } from './add-attribution.migration.js';
export { CreateEvaluation1763700003000 } from './create-evaluation.migration.js';
export { AlertEntity, DecisionEntity, DriftEventEntity, ResourceStatusEntity };

export const EVALUATION_ENTITIES = [
  DriftEventEntity,
  DecisionEntity,
  AlertEntity,
  ResourceStatusEntity,
];
