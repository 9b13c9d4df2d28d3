import { ACCESS_ENTITIES, CreateAccess1763700001000 } from './access/index.js';
import {
  ACTIONS_ENTITIES,
  CreateActions1763700004000,
  CreateOverrides1763800001000,
} from './actions/index.js';
import { CONTROLS_ENTITIES, CreateControls1763800000000 } from './controls/index.js';
import {
  AddAttribution1763800003000,
  CreateEvaluation1763700003000,
  EVALUATION_ENTITIES,
} from './evaluation/index.js';
import { CreateGitops1763700002000, GITOPS_ENTITIES } from './gitops/index.js';
import { CreateIngest1763700000000, INGEST_ENTITIES } from './ingest/index.js';

/** Every entity of every owner: each service maps all of them, and writes only its own. */
export const ENTITIES = [
  ...INGEST_ENTITIES,
  ...ACCESS_ENTITIES,
  ...ACTIONS_ENTITIES,
  ...CONTROLS_ENTITIES,
  ...GITOPS_ENTITIES,
  ...EVALUATION_ENTITIES,
];

/**
 * Every migration, run by whichever service comes first. The 13 digits at the end of a class name
 * (Unix ms) are the order; TypeORM takes them from there. A released migration is never changed.
 */
export const MIGRATIONS = [
  CreateIngest1763700000000,
  CreateAccess1763700001000,
  CreateGitops1763700002000,
  CreateEvaluation1763700003000,
  CreateActions1763700004000,
  CreateControls1763800000000,
  CreateOverrides1763800001000,
  AddAttribution1763800003000,
];
