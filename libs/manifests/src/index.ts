export { canonicalJson } from './canonical-json.js';
export { formatDuration, parseDuration } from './duration.js';
export { Host } from './host.js';
export { manifestJsonSchema } from './json-schema.js';
export { MANIFEST_LIMITS } from './limits.js';
export { KNOWN_KINDS, Manifest, type Kind } from './manifest.js';
export {
  parseManifests,
  type DocumentReport,
  type ManifestFile,
  type ParsedResource,
  type ParseOptions,
  type ParseResult,
} from './parse-manifests.js';
export { formatPort } from './authored/port.js';
export { isRefName, isVersionRange } from './git/ref-name.js';
export { parseRepositoryUrl, type RepositoryUrl } from './git/repository-url.js';
export { printManifest } from './print-manifest.js';
export type { ManifestProblem } from './problem.js';
export { formatBytes, formatCpu, parseQuantity } from './quantity.js';
export {
  parseResourceId,
  resourceId,
  resourceIdParts,
  type ResourceId,
  type ResourceIdParts,
} from './resource-id.js';
export {
  Capabilities,
  EnvValue,
  HealthCheck,
  Logging,
  Metadata,
  Mode,
  Port,
  PullPolicy,
  Remediation,
  Runtime,
  SecretRef,
  Service,
  ServiceSpec,
} from './service.js';
export { GitRef, Source } from './source.js';
export {
  ActionName,
  Policy,
  POLICY_ACTION_ALIASES,
  RequestableAction,
  Severity,
} from './policy.js';
