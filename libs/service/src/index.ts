export {
  backoffCeiling,
  fullJitter,
  pause,
  retryForever,
  RetryAborted,
  type BackoffPolicy,
  type RetryOptions,
} from './backoff/backoff.js';
export { bootstrapService, type BootstrapOptions } from './bootstrap/bootstrap-service.js';
export {
  startServiceApplication,
  type RunningService,
  type ServiceApplicationOptions,
} from './bootstrap/service-application.js';
export { Clock, ManualClock, SystemClock } from './clock/clock.js';
export {
  choiceSetting,
  ConfigError,
  databaseUrlSetting,
  defineConfig,
  describeConfig,
  integerSetting,
  KNOWN_VARIABLES,
  loadConfig,
  natsUrlSetting,
  nearestName,
  portSetting,
  printConfig,
  serviceSettings,
  textSetting,
  urlSetting,
  type ConfigDefinition,
  type ConfigOf,
  type ConfigProblem,
  type ConfigSources,
  type KnownVariable,
  type ServiceConfig,
  type Setting,
  type SettingDescription,
} from '@vigil/config';
export {
  currentCorrelationId,
  newCorrelationId,
  withCorrelation,
} from './correlation/correlation.js';
export {
  describeError,
  dispositionOf,
  VigilError,
  type Disposition,
} from './errors/vigil-error.js';
export {
  HealthRegistry,
  type CheckOptions,
  type ComponentHealth,
  type ComponentStatus,
  type HealthReport,
} from './health/health-registry.js';
export { OPEN_ROUTE, OpenRoute } from './http/open-route.js';
export {
  HttpProblem,
  inputErrors,
  parseInput,
  type InputError,
  type ProblemOptions,
} from './http/problem.js';
export { Log, SilentLog, type LogFields, type LogLevel } from './logging/log.js';
export { PinoLog } from './logging/pino-log.js';
export type { MetricsAccess } from './metrics/metrics-access.js';
export { DURATION_BUCKETS_SECONDS, Metrics } from './metrics/metrics.js';
export { ServiceIdentity } from './service-identity.js';
export { ServiceModule, type ServiceModuleOptions } from './service.module.js';
export { VIGIL_VERSION } from './version.js';
