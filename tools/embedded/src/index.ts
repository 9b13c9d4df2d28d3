export { findNatsServer, isAtLeast, type NatsServerBinary } from './nats-binary.js';
export { renderNatsConfig, type NatsSettings } from './nats-config.js';
export { canEnter, canReach, operatingUser, type OperatingUser } from './operating-user.js';
export { chooseFreePort, findListener, isPortFree, type Listener } from './ports.js';
export { postgresBinaries, type PostgresBinaries } from './postgres-binaries.js';
export { initialiseCluster, isInitialised, type ClusterSettings } from './postgres-cluster.js';
export {
  postgresArguments,
  readPostmasterPid,
  stopPostmaster,
  type PostmasterPid,
  type ServerSettings,
} from './postmaster.js';
export { identifyProcess, isRunning, type ProcessIdentity } from './process-identity.js';
