export { parseServiceArguments, type ServiceArguments } from './command-line.js';
export { ConfigError, type ConfigProblem } from './config-error.js';
export { describeConfig, printConfig, type SettingDescription } from './describe-config.js';
export { KNOWN_VARIABLES, type KnownVariable } from './known-variables.js';
export { loadConfig, type ConfigSources } from './load-config.js';
export { parseNatsUrl, type NatsServers } from './nats-url.js';
export { nearestName } from './nearest-name.js';
export { MAX_SECRET_BYTES, readSecret } from './read-secret.js';
export {
  choiceSetting,
  databaseUrlSetting,
  defineConfig,
  integerSetting,
  natsUrlSetting,
  portSetting,
  serviceSettings,
  textSetting,
  urlSetting,
  type ConfigDefinition,
  type ConfigOf,
  type ServiceConfig,
  type Setting,
} from './setting.js';
