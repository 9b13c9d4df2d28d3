export {
  parseResourceId,
  resourceId,
  resourceIdParts,
  type ResourceId,
  type ResourceIdParts,
} from './resource-id.js';
export {
  EnvValue,
  HealthCheck,
  Metadata,
  Mode,
  Port,
  Remediation,
  Runtime,
  Service,
  ServiceSpec,
} from './service.js';
export { ActionName, Policy, POLICY_ACTION_ALIASES, Severity } from './policy.js';
