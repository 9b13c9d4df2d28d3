export { compareImage, isMovedTag, isSameImage, printImage } from './compare-image.js';
export {
  compareReplica,
  isChangedInPlace,
  needsNewLaunch,
  type FieldDifference,
} from './compare-replica.js';
export { compareResource, type Comparison } from './compare-resource.js';
export { RESTART_POLICY } from './container-fields.js';
export { ADOPT_PATH, diff } from './diff.js';
export type {
  CandidateHost,
  ComparisonInput,
  ContainerConfig,
  DesiredService,
  Difference,
  DifferenceType,
  ExactImage,
  Json,
  ObservedReplica,
  Obstacle,
  PlacedReplica,
  ReplicaConfig,
  ReplicaState,
  Severity,
  UnplacedReplica,
} from './drift.js';
export { imageName, isImageId, readImageReference } from './image-reference.js';
export { isIgnored } from './ignore.js';
export { fixedHostPorts, hasFixedHostPort } from './host-ports.js';
export { makesTheSame } from './makes-the-same.js';
export { place, type Placement } from './placement.js';
export { scoreOf, type ScoreInput } from './score.js';
